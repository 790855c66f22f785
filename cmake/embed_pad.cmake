# cmake -DPAGE=DIR -DSOURCE=FILE -P embed_pad.cmake: writes the C++ source that holds the pad and its page.
cmake_minimum_required(VERSION 3.22)

file(READ ${PAGE}/page.html html)
file(READ ${PAGE}/palette.css palette)
file(READ ${PAGE}/page.css page_style)
file(READ ${PAGE}/style.css style)
file(READ ${PAGE}/page.js page_script)

# A pad may stand in a page with scripts of its own, so it shares one name with them.
set(script "\"use strict\";\nconst inklingPad = (() => {\n")
foreach(part elements weights network conversion character ink picture surface strangeness reading answers keep pad)
  file(READ ${PAGE}/${part}.js text)
  string(APPEND script "${text}")
endforeach()
string(APPEND script "return {open: openPad, loadNetwork, loadStrangeness, probabilities, convertToEmnist, convertPicture};\n})();\n")

set(contents "#include \"deploy/pad_parts.h\"\n\nnamespace inkling {\n\nPadParts pad_parts() {\n    return {\n")
foreach(part html palette page_style style script page_script)
  string(APPEND contents "        .${part} = R\"inkling(${${part}})inkling\",\n")
endforeach()
file(WRITE ${SOURCE} "${contents}    };\n}\n\n}  // namespace inkling\n")

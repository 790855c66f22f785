# cmake -DVEGA=DIR -DPAGE=DIR -DSOURCE=FILE -P embed_page.cmake: writes the C++ source that holds the report's page.
cmake_minimum_required(VERSION 3.22)

# Vega's packaged components, each after those that it needs. All of them would be twice as much.
set(components util time format loader dataflow statistics canvas scale scenegraph expression event-selector selection
  functions runtime parser view transforms view-transforms encode interpreter)

# Each component expects Node's exports, module and require; in a page they get them from these lines.
set(vega "\"use strict\";
const vega = (() => {
const modules = {};
const require = (name) => modules[name];
const component = (name, define) => {
  const module = {exports: {}};
  define(module.exports, module, require);
  modules[name] = module.exports;
};
")
foreach(component IN LISTS components)
  file(READ ${VEGA}/vega-${component}.min.js text)
  string(REGEX REPLACE "//# sourceMappingURL=[^\n]*" "" text "${text}")
  if(component STREQUAL selection)
    set(component selections)  # the package's name for it
  endif()
  string(APPEND vega "component(\"vega-${component}\", function (exports, module, require) {\n${text}});\n")
endforeach()
string(APPEND vega "Object.assign(modules[\"vega-dataflow\"].transforms, modules[\"vega-transforms\"],
  modules[\"vega-view-transforms\"], modules[\"vega-encode\"]);
return {...modules[\"vega-parser\"], ...modules[\"vega-view\"], ...modules[\"vega-interpreter\"]};
})();
")

file(READ ${PAGE}/page.html html)
file(READ ${PAGE}/style.css style)
file(READ ${PAGE}/notices.txt notices)
set(script "\"use strict\";\n")
foreach(part dom format charts matrix tables result_sections try_section data_section network_sections compared_sections
    made_sections found_sections importance_section trade_off_section certainty_section unread_section study_sections report)
  file(READ ${PAGE}/${part}.js text)
  string(APPEND script "${text}")
endforeach()

set(contents "#include \"report/page_parts.h\"\n\nnamespace inkling {\n\nPageParts page_parts() {\n    return {\n")
foreach(part html style notices vega script)
  string(APPEND contents "        .${part} = R\"inkling(${${part}})inkling\",\n")
endforeach()
file(WRITE ${SOURCE} "${contents}    };\n}\n\n}  // namespace inkling\n")

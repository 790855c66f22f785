# cmake -DPIECES=DIR -DSOURCE=FILE -P embed_code.cmake: writes the C++ source that holds the pieces of exported code.
cmake_minimum_required(VERSION 3.22)

set(contents "#include \"deploy/code/pieces.h\"\n\n#include \"core/error.h\"\n\nnamespace inkling {\n\nstd::string_view code_piece(std::string_view name) {\n")
file(GLOB pieces ${PIECES}/*.c)
foreach(piece IN LISTS pieces)
  get_filename_component(name ${piece} NAME_WE)
  file(READ ${piece} text)
  string(APPEND contents "    if (name == \"${name}\") return R\"inkling(${text})inkling\";\n")
endforeach()
file(WRITE ${SOURCE} "${contents}    throw failed(\"no piece of code {}\", name);\n}\n\n}  // namespace inkling\n")

# cmake -DDOCUMENT=FILE -DSOURCE=FILE -P embed_openapi.cmake: writes the C++ source that holds the OpenAPI document.
cmake_minimum_required(VERSION 3.22)

file(READ ${DOCUMENT} text)
file(WRITE ${SOURCE} "#include \"serve/openapi_text.h\"\n\nnamespace inkling::serve {\n\nstd::string_view openapi_text() { return R\"inkling(${text})inkling\"; }\n\n}  // namespace inkling::serve\n")

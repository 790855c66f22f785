# inkling_embed(ROOM SOURCE SCRIPT DEFINITIONS <NAME=value...> FILES <globs...>): a source file of a room that
# cmake/SCRIPT.cmake writes from files whenever one of them changes. The script gets the definitions, and SOURCE.
function(inkling_embed room source script)
  cmake_parse_arguments(embed "" "" "DEFINITIONS;FILES" ${ARGN})
  set(path ${PROJECT_BINARY_DIR}/${room}/${source}.cpp)
  set(script_path ${PROJECT_SOURCE_DIR}/cmake/${script}.cmake)
  list(TRANSFORM embed_DEFINITIONS PREPEND -D)
  file(GLOB files CONFIGURE_DEPENDS ${embed_FILES})
  add_custom_command(OUTPUT ${path}
    COMMAND ${CMAKE_COMMAND} ${embed_DEFINITIONS} -DSOURCE=${path} -P ${script_path}
    DEPENDS ${files} ${script_path}
    COMMENT "Embedding ${source}" VERBATIM)
  target_sources(inkling_${room} PRIVATE ${path})
endfunction()

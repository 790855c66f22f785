# The pad that one writes on and its page - template, style, scripts - as one source file of the room `deploy`.
function(inkling_deploy_page)
  set(page ${PROJECT_SOURCE_DIR}/src/deploy/page)
  set(source ${PROJECT_BINARY_DIR}/deploy/pad_parts.cpp)
  file(GLOB parts CONFIGURE_DEPENDS ${page}/*)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DPAGE=${page} -DSOURCE=${source} -P ${PROJECT_SOURCE_DIR}/cmake/embed_pad.cmake
    DEPENDS ${parts} ${PROJECT_SOURCE_DIR}/cmake/embed_pad.cmake
    COMMENT "Embedding the pad" VERBATIM)
  target_sources(inkling_deploy PRIVATE ${source})
endfunction()

# The pieces that the C and C++ code of a network is put together from, as another.
function(inkling_deploy_code)
  set(pieces ${PROJECT_SOURCE_DIR}/src/deploy/code/pieces)
  set(source ${PROJECT_BINARY_DIR}/deploy/code_pieces.cpp)
  file(GLOB parts CONFIGURE_DEPENDS ${pieces}/*)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DPIECES=${pieces} -DSOURCE=${source} -P ${PROJECT_SOURCE_DIR}/cmake/embed_code.cmake
    DEPENDS ${parts} ${PROJECT_SOURCE_DIR}/cmake/embed_code.cmake
    COMMENT "Embedding pieces of code" VERBATIM)
  target_sources(inkling_deploy PRIVATE ${source})
endfunction()

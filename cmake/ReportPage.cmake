# The report's page - template, style, scripts and Vega, the chart library - as one source file of the room `report`.
# Vega comes from the system's package when the library is built and is no part of the repository.
find_path(INKLING_VEGA vega-view.min.js PATHS /usr/share/javascript/vega NO_DEFAULT_PATH
  DOC "Folder with Vega's components, vega-*.min.js")
if(NOT INKLING_VEGA)
  message(FATAL_ERROR "Vega is missing: install Debian's package libjs-vega (tools/setup.sh does), "
    "or name a folder with vega-*.min.js by -DINKLING_VEGA=DIR")
endif()

function(inkling_report_page)
  set(source ${PROJECT_BINARY_DIR}/report/page_parts.cpp)
  file(GLOB parts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/report/page/* ${INKLING_VEGA}/vega-*.min.js)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DVEGA=${INKLING_VEGA} -DPAGE=${PROJECT_SOURCE_DIR}/src/report/page -DSOURCE=${source}
      -P ${PROJECT_SOURCE_DIR}/cmake/embed_page.cmake
    DEPENDS ${parts} ${PROJECT_SOURCE_DIR}/cmake/embed_page.cmake
    COMMENT "Embedding the report's page" VERBATIM)
  target_sources(inkling_report PRIVATE ${source})
endfunction()

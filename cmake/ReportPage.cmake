# The report's page - template, style, scripts and Vega, the chart library - as one source file of the room `report`.
# Vega comes from the system's package when the library is built and is no part of the repository.
find_path(INKLING_VEGA vega-view.min.js PATHS /usr/share/javascript/vega NO_DEFAULT_PATH
  DOC "Folder with Vega's components, vega-*.min.js")
if(NOT INKLING_VEGA)
  message(FATAL_ERROR "Vega is missing: install Debian's package libjs-vega (tools/setup.sh does), "
    "or name a folder with vega-*.min.js by -DINKLING_VEGA=DIR")
endif()

function(inkling_report_page)
  set(page ${PROJECT_SOURCE_DIR}/src/report/page)
  inkling_embed(report page_parts embed_page DEFINITIONS VEGA=${INKLING_VEGA} PAGE=${page}
    FILES ${page}/* ${INKLING_VEGA}/vega-*.min.js)
endfunction()

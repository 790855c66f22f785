# The libraries' dependencies, for this build and, installed beside the package, for those who link to it.
# Everything comes from the system's packages; tools/setup.sh installs them on Debian and Ubuntu.

# Finds the packages that these imported targets are of: inkling_find(<target>...)
function(inkling_find)
  foreach(target IN LISTS ARGN)
    string(REGEX MATCH "^(.+)::(.+)$" matched ${target})
    set(package ${CMAKE_MATCH_1})
    set(part ${CMAKE_MATCH_2})
    if(TARGET ${target})
      continue()
    elseif(package STREQUAL PkgConfig)
      # libzip's own CMake file names programs that Debian packages apart.
      find_package(PkgConfig REQUIRED)
      pkg_check_modules(${part} REQUIRED IMPORTED_TARGET ${part})
    elseif(package STREQUAL DNNL)
      find_package(dnnl REQUIRED)  # 2.6 or 3; its package takes a version for the same major one only
    elseif(package STREQUAL Boost)
      find_package(Boost REQUIRED CONFIG)  # CMake's own module is on its way out
    elseif(package STREQUAL LibCsv)
      # It comes without a package of CMake's or of pkg-config's.
      find_path(INKLING_LIBCSV_HEADERS csv.h REQUIRED)
      find_library(INKLING_LIBCSV csv REQUIRED)
      add_library(LibCsv::csv UNKNOWN IMPORTED)
      set_target_properties(LibCsv::csv PROPERTIES
        IMPORTED_LOCATION ${INKLING_LIBCSV} INTERFACE_INCLUDE_DIRECTORIES ${INKLING_LIBCSV_HEADERS})
    elseif(package STREQUAL SQLite)
      find_package(SQLite3 REQUIRED)
    else()
      find_package(${package} REQUIRED)
    endif()
  endforeach()
endfunction()

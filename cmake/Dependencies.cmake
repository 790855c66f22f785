# The libraries' dependencies, for this build and, installed beside the package, for those who link to it.
# Everything comes from the system's packages; tools/setup.sh installs them on Debian and Ubuntu.

# ONNX's schema as the C++ code that protobuf made of it: Onnx::schema, where it is there. Its own CMake package names
# targets otherwise in each version.
function(inkling_find_onnx)
  find_package(Protobuf ${ARGN} QUIET)
  find_path(INKLING_ONNX_INCLUDE onnx/onnx_pb.h ${ARGN})
  find_library(INKLING_ONNX_SCHEMA onnx_proto ${ARGN})
  mark_as_advanced(INKLING_ONNX_INCLUDE INKLING_ONNX_SCHEMA)
  if(NOT TARGET Onnx::schema AND Protobuf_FOUND AND INKLING_ONNX_INCLUDE AND INKLING_ONNX_SCHEMA)
    add_library(Onnx::schema INTERFACE IMPORTED GLOBAL)
    target_include_directories(Onnx::schema SYSTEM INTERFACE ${INKLING_ONNX_INCLUDE})
    target_compile_definitions(Onnx::schema INTERFACE ONNX_ML=1 ONNX_NAMESPACE=onnx)
    target_link_libraries(Onnx::schema INTERFACE ${INKLING_ONNX_SCHEMA} protobuf::libprotobuf)
  endif()
endfunction()

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
    elseif(package STREQUAL MPI)
      set(MPI_CXX_SKIP_MPICXX ON)  # its C++ interface is gone from the standard
      find_package(MPI REQUIRED COMPONENTS CXX)
    elseif(package STREQUAL SQLite)
      find_package(SQLite3 REQUIRED)
    elseif(package STREQUAL Onnx)
      inkling_find_onnx(REQUIRED)
    else()
      find_package(${package} REQUIRED)
    endif()
  endforeach()
endfunction()

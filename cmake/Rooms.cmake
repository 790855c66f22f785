# Compiler settings that every target of the project shares.
add_library(inkling_options INTERFACE)
target_compile_features(inkling_options INTERFACE cxx_std_20)
target_compile_options(inkling_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow
  # Floating-point flags and traps are never read, so loops with conditionals and square roots may become vectors.
  -fno-math-errno -fno-trapping-math)
if(INKLING_SANITIZE)
  target_compile_options(inkling_options INTERFACE -fsanitize=${INKLING_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(inkling_options INTERFACE -fsanitize=${INKLING_SANITIZE})
endif()

# Everything but what computes on vectors (cmake/CpuCode.cmake) is for any processor with AVX2.
add_library(inkling_v3 INTERFACE)
target_compile_options(inkling_v3 INTERFACE -march=x86-64-v3)

# Most of a build goes into reading the same large headers again and into optimizing what runs once. So a target reads
# them precompiled, and one that computes little is optimized little: about half the time of a build in all.
# ccache does not know precompiled headers without settings of its own, and saves more than they do.
if(CMAKE_CXX_COMPILER_LAUNCHER MATCHES ccache)
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
endif()
set(INKLING_COMMON_HEADERS <algorithm> <filesystem> <functional> <memory> <optional> <string> <vector> <fmt/format.h>)
function(inkling_compile_fast target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release,RelWithDebInfo>:-O1>)
endfunction()

# One static library for a folder of src/: inkling_room(NAME [COLD] PUBLIC <targets in its headers>
# PRIVATE <targets in its sources> WITHOUT <sources that are left out> PRECOMPILED <headers>). A cold room leaves computing to those below it. What stands in
# a folder cpu/ is not in the room's library but in cmake/CpuCode.cmake's. Finds the packages of the targets, and notes
# those of the room and of all below it in the global property inkling_<name>_needs.
function(inkling_room name)
  cmake_parse_arguments(room "COLD" "" "PUBLIC;PRIVATE;WITHOUT;PRECOMPILED" ${ARGN})
  set(needs ${room_PUBLIC} ${room_PRIVATE})
  list(FILTER needs EXCLUDE REGEX "^inkling_")
  inkling_find(${needs})
  foreach(below IN LISTS room_PUBLIC room_PRIVATE)
    get_property(needs_below GLOBAL PROPERTY ${below}_needs)
    list(APPEND needs ${needs_below})
  endforeach()
  list(REMOVE_DUPLICATES needs)
  set_property(GLOBAL PROPERTY inkling_${name}_needs ${needs})

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/src/[a-z]+/cpu/")
  list(TRANSFORM room_WITHOUT PREPEND ${PROJECT_SOURCE_DIR}/src/${name}/)
  list(REMOVE_ITEM sources ${room_WITHOUT})
  add_library(inkling_${name} STATIC ${sources})
  set_target_properties(inkling_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_include_directories(inkling_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/inkling>)
  target_compile_features(inkling_${name} PUBLIC cxx_std_20)
  target_link_libraries(inkling_${name} PUBLIC ${room_PUBLIC} PRIVATE ${room_PRIVATE}
    $<BUILD_INTERFACE:inkling_options> $<BUILD_INTERFACE:inkling_v3>)
  if(room_PRECOMPILED)
    target_precompile_headers(inkling_${name} PRIVATE ${room_PRECOMPILED})
  endif()
  if(room_COLD)
    inkling_compile_fast(inkling_${name})
  endif()
  set_property(GLOBAL APPEND PROPERTY inkling_rooms inkling_${name})
endfunction()

# Sets ${target} to what writes ONNX files links, empty where INKLING_ONNX leaves that out, and without_${target} to the
# source of the two that does not belong into the room then.
function(inkling_optional_onnx target)
  if(INKLING_ONNX STREQUAL AUTO)
    inkling_find_onnx()
  elseif(INKLING_ONNX)
    inkling_find_onnx(REQUIRED)
  endif()
  if(TARGET Onnx::schema)
    set(${target} Onnx::schema PARENT_SCOPE)
    set(without_${target} onnx/no_onnx.cpp PARENT_SCOPE)
  else()
    message(STATUS "No ONNX here: inkling export --onnx is left out (tools/setup.sh --onnx installs what it needs)")
    set(${target} "" PARENT_SCOPE)
    set(without_${target} onnx/onnx_file.cpp PARENT_SCOPE)
  endif()
endfunction()

# Sets ${target} to what connects processes, empty where INKLING_MPI leaves that out, and without_${target} to the source
# of the two that does not belong into the room then.
function(inkling_optional_mpi target)
  if(INKLING_MPI)
    set(${target} MPI::MPI_CXX PARENT_SCOPE)
    set(without_${target} no_mpi.cpp PARENT_SCOPE)
  else()
    set(${target} "" PARENT_SCOPE)
    set(without_${target} mpi.cpp PARENT_SCOPE)
  endif()
endfunction()

# The program: src/cli over every room, all but its main() in a library of its own.
function(inkling_program)
  find_package(CLI11 REQUIRED)
  get_property(rooms GLOBAL PROPERTY inkling_rooms)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/cli/*.cpp)
  set(main ${PROJECT_SOURCE_DIR}/src/cli/main.cpp ${PROJECT_SOURCE_DIR}/src/cli/processor_check.cpp)
  list(REMOVE_ITEM sources ${main})
  add_library(inkling_cli STATIC ${sources})
  set_target_properties(inkling_cli PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_include_directories(inkling_cli PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_compile_definitions(inkling_cli PRIVATE INKLING_VERSION="${PROJECT_VERSION}")
  target_link_libraries(inkling_cli PUBLIC ${rooms} PRIVATE CLI11::CLI11 nlohmann_json::nlohmann_json inkling_options
    inkling_v3)
  target_precompile_headers(inkling_cli PRIVATE ${INKLING_COMMON_HEADERS} <nlohmann/json.hpp>)
  inkling_compile_fast(inkling_cli)

  add_executable(inkling ${main})
  target_link_libraries(inkling PRIVATE inkling_cli inkling_options inkling_v3)
  set_source_files_properties(src/cli/processor_check.cpp PROPERTIES COMPILE_OPTIONS -march=x86-64)
endfunction()

# Installs program, libraries, headers, recipes and a package, so that find_package(inkling) gives inkling::inkling and
# find_package(inkling COMPONENTS <room>...) these rooms, for which it looks for no more than they need.
function(inkling_install)
  get_property(rooms GLOBAL PROPERTY inkling_rooms)
  add_library(inkling_library INTERFACE)
  set_target_properties(inkling_library PROPERTIES EXPORT_NAME inkling)
  target_link_libraries(inkling_library INTERFACE ${rooms})
  add_library(inkling::inkling ALIAS inkling_library)

  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/inkling)
  install(TARGETS inkling RUNTIME COMPONENT program)
  install(TARGETS inkling_library ${rooms} EXPORT inkling ARCHIVE COMPONENT library)
  # What depends on the processor that this build is for stays here, and with it what includes that.
  install(DIRECTORY src/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/inkling COMPONENT library
    FILES_MATCHING PATTERN *.h REGEX "/src/(cli|kernels/cpu|nn/cpu|pictures/(cairo_surface|pix|ruled_lines)[.]h)" EXCLUDE)
  install(DIRECTORY recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/inkling COMPONENT program)
  install(EXPORT inkling NAMESPACE inkling:: FILE inkling-targets.cmake DESTINATION ${package}
    COMPONENT library)

  set(inkling_inkling_needs)
  foreach(room IN LISTS rooms)
    get_property(needs GLOBAL PROPERTY ${room}_needs)
    list(APPEND inkling_inkling_needs ${needs})
    string(APPEND inkling_needs "set(${room}_needs ${needs})\n")
  endforeach()
  list(REMOVE_DUPLICATES inkling_inkling_needs)
  string(APPEND inkling_needs "set(inkling_inkling_needs ${inkling_inkling_needs})")

  include(CMakePackageConfigHelpers)
  configure_file(cmake/inkling-config.cmake.in inkling-config.cmake @ONLY)
  write_basic_package_version_file(inkling-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES cmake/Dependencies.cmake ${PROJECT_BINARY_DIR}/inkling-config.cmake
    ${PROJECT_BINARY_DIR}/inkling-config-version.cmake DESTINATION ${package} COMPONENT library)
endfunction()

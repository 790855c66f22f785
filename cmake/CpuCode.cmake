# The code that computes on vectors, src/kernels/cpu and src/nn/cpu, compiled once for each instruction set, so that one
# program runs at full speed on every processor; src/nn/processor.cpp chooses when it starts. Each ends as one object
# file of which a single function is visible: standard templates that were compiled for AVX-512 in there must not be
# taken for the same ones elsewhere, which run on any processor.
set(INKLING_INSTRUCTION_SETS "v3;v4" CACHE STRING "x86-64 levels that the arithmetic is compiled for: v3 (AVX2), v4 (AVX-512)")
if(NOT "v3" IN_LIST INKLING_INSTRUCTION_SETS)
  message(FATAL_ERROR "INKLING_INSTRUCTION_SETS is ${INKLING_INSTRUCTION_SETS}, expected v3, with or without v4")
endif()

# With AVX-512, GCC 12.2 writes a constant of 32 bytes that ends in zeros, such as std::vector<int>{5, 5, 5, 5, 5, 5, 0, 0},
# as copies of its first element. Moves of 16 bytes at a time are right; -march=x86-64-v3 does not need them.
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag("-mmove-max=128 -mstore-max=128" INKLING_HAS_MOVE_MAX)
# A unique symbol stays visible whatever objcopy is told.
check_cxx_compiler_flag(-fno-gnu-unique INKLING_HAS_NO_GNU_UNIQUE)

if("v4" IN_LIST INKLING_INSTRUCTION_SETS)
  add_library(inkling_v4 INTERFACE)
  target_compile_options(inkling_v4 INTERFACE -march=x86-64-v4
    $<$<BOOL:${INKLING_HAS_MOVE_MAX}>:-mmove-max=128;-mstore-max=128>)
endif()

# Adds the code for one instruction set to the room `nn`. Tests and benchmarks of kernels take inkling_kernels_<set>.
function(inkling_cpu_code set)
  foreach(room kernels nn)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${room}/cpu/*.cpp)
    add_library(inkling_${room}_${set} OBJECT ${sources})
    set_target_properties(inkling_${room}_${set} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_include_directories(inkling_${room}_${set} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(inkling_${room}_${set} PUBLIC inkling_core PRIVATE DNNL::dnnl inkling_options inkling_${set})
    target_compile_options(inkling_${room}_${set} PRIVATE $<$<BOOL:${INKLING_HAS_NO_GNU_UNIQUE}>:-fno-gnu-unique>)
  endforeach()
  target_compile_definitions(inkling_nn_${set} PRIVATE INKLING_CPU_CODE=inkling_cpu_code_${set})
  inkling_compile_fast(inkling_nn_${set})

  set(code ${PROJECT_BINARY_DIR}/cpu_code_${set}.o)
  set(objects $<TARGET_OBJECTS:inkling_kernels_${set}> $<TARGET_OBJECTS:inkling_nn_${set}>)
  add_custom_command(OUTPUT ${code}
    COMMAND ${CMAKE_LINKER} -r --force-group-allocation -o ${code} ${objects}
    COMMAND ${CMAKE_OBJCOPY} --keep-global-symbol=inkling_cpu_code_${set} ${code}
    DEPENDS ${objects} COMMENT "Joining the code for x86-64-${set}" COMMAND_EXPAND_LISTS VERBATIM)
  set_source_files_properties(${code} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  target_sources(inkling_nn PRIVATE ${code})
endfunction()

function(inkling_cpu_codes)
  foreach(set IN LISTS INKLING_INSTRUCTION_SETS)
    inkling_cpu_code(${set})
  endforeach()
  if("v4" IN_LIST INKLING_INSTRUCTION_SETS)
    set_source_files_properties(${PROJECT_SOURCE_DIR}/src/nn/processor.cpp PROPERTIES COMPILE_DEFINITIONS INKLING_HAS_V4)
  endif()
endfunction()

# Sets `result` to the instruction sets of this build that this processor has.
function(inkling_runnable_instruction_sets result)
  set(sets v3)
  if("v4" IN_LIST INKLING_INSTRUCTION_SETS)
    include(CheckCXXSourceRuns)
    check_cxx_source_runs("int main() { return __builtin_cpu_supports(\"avx512f\") && __builtin_cpu_supports(\"avx512bw\") &&
      __builtin_cpu_supports(\"avx512cd\") && __builtin_cpu_supports(\"avx512dq\") && __builtin_cpu_supports(\"avx512vl\") ? 0 : 1; }"
      INKLING_RUNS_V4)
    if(INKLING_RUNS_V4)
      list(APPEND sets v4)
    else()
      message(STATUS "This processor has no AVX-512: what is compiled for it is NOT TESTED here")
    endif()
  endif()
  set(${result} ${sets} PARENT_SCOPE)
endfunction()

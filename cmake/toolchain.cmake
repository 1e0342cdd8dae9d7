# Compiler, linker and warning settings shared by every target.

find_program(CCACHE ccache)
if(CCACHE)
  # base_dir lets a second checkout of the same sources hit the cache of the first; the sloppiness is
  # what ccache asks for to keep objects made with precompiled headers (none uses __TIME__).
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
                                  CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
                                  ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wno-psabi)
# Relative paths in messages and debug information: builds do not depend on where the tree lies.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives inside libstdc++ for these (bugs 105329, 107852).
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overread
                      -Wno-stringop-overflow -Wno-array-bounds)
endif()

if(COTERIE_SANITIZE)
  # -g1 keeps function names and lines for the stacks in reports; full debug information makes the
  # build twice as long.
  add_compile_options(-fsanitize=${COTERIE_SANITIZE} -fno-omit-frame-pointer -O1 -g1)
  add_link_options(-fsanitize=${COTERIE_SANITIZE})
  if(COTERIE_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
# Test code spends its time in the library it tests: optimising it would only make builds longer.
if(COTERIE_SANITIZE)
  set(COTERIE_TEST_OPTIMISATION -O0)
else()
  set(COTERIE_TEST_OPTIMISATION -O1)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # A precompiled header is the same for ccache whenever it was made; GCC judges the warnings.
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp" -Wno-deprecated-declarations
                      -Wno-missing-designated-field-initializers)
endif()
if(COTERIE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# The program finds libduckdb beside itself, so the build folder can be moved or packed.
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

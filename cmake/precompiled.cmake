# Precompiled standard, {fmt}, JSON and GoogleTest headers for the presets with COTERIE_PCH: reading
# them is more than half of what a file costs to compile. Only headers from outside the tree are in
# them, so nothing that changes with our sources invalidates them. They would hide a missing #include
# of such a header: the release preset and clang-tidy compile every file without them.

option(COTERIE_PCH "Precompile the headers from outside the tree" OFF)

set(COTERIE_PCH_HEADERS
    <algorithm> <array> <atomic> <charconv> <chrono> <cmath> <cstdint> <expected> <filesystem>
    <fstream> <functional> <limits> <map> <memory> <mutex> <optional> <random> <set> <span> <string>
    <string_view> <thread> <unordered_map> <utility> <vector> <fmt/format.h> <fmt/ranges.h>
    <nlohmann/json.hpp>)

# One target holds the headers for all others of its kind. Tests have their own, a program like them,
# since a precompiled header serves one level of optimisation and one kind of code only.
function(coterie_precompile holder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "PROGRAM" "" "HEADERS;LIBRARIES;OPTIONS")
  set(source ${CMAKE_BINARY_DIR}/generated/${holder}.cc)
  if(arg_PROGRAM)
    file(CONFIGURE OUTPUT ${source} CONTENT "int main() {}\n")
    add_executable(${holder} EXCLUDE_FROM_ALL ${source})
  else()
    file(CONFIGURE OUTPUT ${source} CONTENT "")
    add_library(${holder} OBJECT ${source})
  endif()
  target_link_libraries(${holder} PRIVATE Threads::Threads coterie_third_fmt coterie_third_json
                                          ${arg_LIBRARIES})
  target_compile_options(${holder} PRIVATE ${arg_OPTIONS})
  target_precompile_headers(${holder} PRIVATE ${COTERIE_PCH_HEADERS} ${arg_HEADERS})
endfunction()

# coterie_use_precompiled(TARGET HOLDER)
function(coterie_use_precompiled target holder)
  if(COTERIE_PCH)
    target_precompile_headers(${target} REUSE_FROM ${holder})
  endif()
endfunction()

if(COTERIE_PCH)
  coterie_precompile(coterie_pch)
  if(COTERIE_TESTS)
    coterie_precompile(coterie_test_pch PROGRAM HEADERS <gmock/gmock.h> <gtest/gtest.h>
                       LIBRARIES GTest::gtest GTest::gmock OPTIONS ${COTERIE_TEST_OPTIMISATION})
  endif()
endif()

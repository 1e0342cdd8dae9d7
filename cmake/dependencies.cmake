# Third-party libraries by the names that src/LAYERS uses: target coterie_third_<name>.
# Packages come from scripts/bootstrap; each failure below names the package to install.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(LMDB REQUIRED IMPORTED_TARGET lmdb)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)

# oneDNN's own CMake package insists on OpenCL headers, which we have no use for.
find_path(DNNL_INCLUDE oneapi/dnnl/dnnl.hpp REQUIRED)
find_library(DNNL_LIBRARY dnnl REQUIRED)

# DuckDB: a system installation first, else the copy that scripts/bootstrap put into .deps/duckdb.
find_path(DUCKDB_INCLUDE duckdb.h HINTS ${CMAKE_SOURCE_DIR}/.deps/duckdb/include)
find_library(DUCKDB_LIBRARY duckdb HINTS ${CMAKE_SOURCE_DIR}/.deps/duckdb/lib)
if(NOT DUCKDB_INCLUDE OR NOT DUCKDB_LIBRARY)
  message(FATAL_ERROR "DuckDB is missing: run scripts/bootstrap once")
endif()
add_library(duckdb_c SHARED IMPORTED GLOBAL)
set_target_properties(duckdb_c PROPERTIES IMPORTED_LOCATION ${DUCKDB_LIBRARY} IMPORTED_NO_SONAME OFF
                                          INTERFACE_INCLUDE_DIRECTORIES ${DUCKDB_INCLUDE})

function(coterie_third_party name)
  add_library(coterie_third_${name} INTERFACE)
  target_link_libraries(coterie_third_${name} INTERFACE ${ARGN})
endfunction()

coterie_third_party(fmt fmt::fmt)
coterie_third_party(json nlohmann_json::nlohmann_json)
coterie_third_party(yaml yaml-cpp)
coterie_third_party(openssl OpenSSL::Crypto)
coterie_third_party(duckdb duckdb_c)
coterie_third_party(sqlite SQLite::SQLite3)
coterie_third_party(postgres PostgreSQL::PostgreSQL)
coterie_third_party(lmdb PkgConfig::LMDB)
coterie_third_party(hiredis PkgConfig::HIREDIS)
coterie_third_party(onednn ${DNNL_LIBRARY})
coterie_third_party(zstd PkgConfig::ZSTD)
coterie_third_party(zlib ZLIB::ZLIB)
coterie_third_party(cli11 CLI11::CLI11)

if(COTERIE_TESTS)
  find_package(GTest REQUIRED)
endif()
if(COTERIE_BENCH)
  find_package(benchmark REQUIRED)
endif()

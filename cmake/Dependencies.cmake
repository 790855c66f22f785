# The libraries' dependencies, for this build and, installed beside the package, for those who link to it.
# Everything comes from the system's packages; tools/setup.sh installs them on Debian and Ubuntu.
find_package(fmt REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(dnnl REQUIRED)  # 2.6 or 3; its package takes a version for the same major one only
find_package(Threads REQUIRED)
find_package(Boost REQUIRED)  # headers: distributions of its Math
find_package(SQLite3 REQUIRED)
find_package(PkgConfig REQUIRED)
# libzip's own CMake file names programs that Debian packages apart.
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(cairo REQUIRED IMPORTED_TARGET cairo)
if(INKLING_OPENMP)
  find_package(OpenMP REQUIRED COMPONENTS CXX)
endif()

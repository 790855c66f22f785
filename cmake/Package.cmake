# Debian packages, which 'make package' makes: inkling is the program with recipes, man pages and completion, inkling-dev
# the library. Included last, for CPack puts down what is installed until then.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The authors of Inkling <inkling@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program library)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "The program: trains MLPs and CNNs on EMNIST and its like, finds out which
choices mattered, writes a report, reads pictures, serves and exports what was trained.")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "The C++20 library: static libraries, headers and the CMake package.")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME inkling)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "ca-certificates, bash-completion")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME inkling-dev)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libdevel)
# What find_package(inkling) looks for.
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "cmake, libdnnl-dev, ocl-icd-opencl-dev, libfmt-dev, libtomlplusplus-dev, \
nlohmann-json3-dev, libcurl4-openssl-dev, libzip-dev, zlib1g-dev, libssl-dev, libcsv-dev, libcairo2-dev, libleptonica-dev, \
libpng-dev, libturbojpeg0-dev, libexif-dev, libsqlite3-dev, libboost-dev, libmicrohttpd-dev, libonnx-dev, libprotobuf-dev")

install(FILES ${PROJECT_SOURCE_DIR}/tools/completion.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME inkling COMPONENT program)
# Written by tools/man_pages.sh where somebody asked for them.
install(DIRECTORY ${PROJECT_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program OPTIONAL)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/inkling RENAME copyright
  COMPONENT program)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/inkling-dev RENAME copyright
  COMPONENT library)
include(CPack)

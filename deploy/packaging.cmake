# What `cmake --install` and `cpack -G DEB` put where. Paths are Debian's; nothing is started.
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(packaging ${CMAKE_SOURCE_DIR}/deploy)

# Debian wants its changelog and manual compressed, without a time stamp.
set(compressed)
foreach(pair changelog:changelog.gz triaged.8:triaged.8.gz)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 plain)
  list(GET pair 1 packed)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/deploy/${packed}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/deploy
    COMMAND gzip -9nc ${packaging}/debian/${plain} > ${CMAKE_BINARY_DIR}/deploy/${packed}
    DEPENDS ${packaging}/debian/${plain} VERBATIM)
  list(APPEND compressed ${CMAKE_BINARY_DIR}/deploy/${packed})
endforeach()
add_custom_target(packaging ALL DEPENDS ${compressed})
add_dependencies(triaged packaging)  # so that the release preset, which builds triaged alone, has them

install(TARGETS triaged RUNTIME DESTINATION bin)
install(FILES ${packaging}/triaged.service DESTINATION /lib/systemd/system)
install(FILES ${packaging}/debian/sysusers.conf DESTINATION lib/sysusers.d RENAME triaged.conf)
install(FILES ${packaging}/triaged.example.yaml DESTINATION /etc/triaged RENAME triaged.yaml)
install(DIRECTORY DESTINATION /etc/triaged/credentials
  DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(FILES ${packaging}/triaged.example.yaml ${packaging}/README.md ${packaging}/debian/copyright
  DESTINATION share/doc/triaged)
install(FILES ${CMAKE_BINARY_DIR}/deploy/changelog.gz DESTINATION share/doc/triaged)
install(FILES ${CMAKE_BINARY_DIR}/deploy/triaged.8.gz DESTINATION share/man/man8)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "triaged maintainers <maintainers@triaged.example>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# util-linux (prlimit, setpriv) is essential in Debian and so not named.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, bubblewrap, ca-certificates, git")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"triaged listens to helpdesks and forges. For each ticket it posts an internal
note with a diagnosis that cites the code and, where it can be proven, opens a
draft pull request whose failing test now passes. A person decides the rest.

Code under test runs in a sandbox without network; private data is hidden
before a model sees it; every run leaves a signed receipt.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${packaging}/debian/conffiles ${packaging}/debian/postinst ${packaging}/debian/prerm
  ${packaging}/debian/postrm)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS})
include(CPack)

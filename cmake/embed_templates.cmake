# Text files as data inside the program, so that source trees and installed builds find them alike:
# writes a file from <folder>/<name>/<file> that defines `function`, declared in `header` of
# `namespace`, and adds it to `target`.
function(coterie_embed target folder namespace header function)
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/${folder}
       ${CMAKE_SOURCE_DIR}/${folder}/*/*)
  list(SORT files)
  set(rows "")
  foreach(file IN LISTS files)
    get_filename_component(group ${file} DIRECTORY)
    get_filename_component(name ${file} NAME)
    file(READ ${CMAKE_SOURCE_DIR}/${folder}/${file} text)
    string(APPEND rows "    {\"${group}\", \"${name}\", R\"coterie(${text})coterie\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
                 ${CMAKE_SOURCE_DIR}/${folder}/${file})
  endforeach()
  set(output ${CMAKE_BINARY_DIR}/generated/${folder}.cc)
  file(WRITE ${output}.new "// Written by cmake/embed_templates.cmake from ${folder}/.
#include \"${header}\"

namespace ${namespace} {

const std::vector<EmbeddedFile>& ${function}() {
  static const std::vector<EmbeddedFile> files = {
${rows}  };
  return files;
}

}  // namespace ${namespace}
")
  configure_file(${output}.new ${output} COPYONLY)
  target_sources(${target} PRIVATE ${output})
endfunction()

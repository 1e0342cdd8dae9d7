# The project templates as data inside the program, so that source trees and installed builds find
# them alike: writes template_files.cc from templates/<name>/<file> and adds it to `target`.
function(coterie_embed_templates target)
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/templates
       ${CMAKE_SOURCE_DIR}/templates/*/*)
  list(SORT files)
  set(rows "")
  foreach(file IN LISTS files)
    get_filename_component(template ${file} DIRECTORY)
    get_filename_component(name ${file} NAME)
    file(READ ${CMAKE_SOURCE_DIR}/templates/${file} text)
    string(APPEND rows "    {\"${template}\", \"${name}\", R\"coterie(${text})coterie\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
                 ${CMAKE_SOURCE_DIR}/templates/${file})
  endforeach()
  set(output ${CMAKE_BINARY_DIR}/generated/template_files.cc)
  file(WRITE ${output}.new "// Written by cmake/embed_templates.cmake from templates/.
#include \"data/project/template_files_internal.h\"

namespace coterie::data {

const std::vector<EmbeddedFile>& embedded_files() {
  static const std::vector<EmbeddedFile> files = {
${rows}  };
  return files;
}

}  // namespace coterie::data
")
  configure_file(${output}.new ${output} COPYONLY)
  target_sources(${target} PRIVATE ${output})
endfunction()

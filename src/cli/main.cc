#include "cli/program.h"

int main(int argc, char** argv) { return coterie::cli::run_program(argc, argv); }

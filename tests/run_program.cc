#include "run_program.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace coterie::tests {
namespace {

constexpr int kMostWaitSeconds = 60;

void redirect(const std::string& path, int descriptor) {
  const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644);
  if (file < 0 || dup2(file, descriptor) < 0) _exit(127);
}

}  // namespace

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

RunningProgram::RunningProgram(const std::vector<std::string>& arguments, const std::string& folder,
                               const std::map<std::string, std::string>& environment) {
  process_ = fork();
  if (process_ != 0) return;
  redirect(output_ / "out", STDOUT_FILENO);
  redirect(output_ / "err", STDERR_FILENO);
  if (chdir(folder.c_str()) != 0) _exit(127);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> words = {const_cast<char*>(COTERIE_BINARY)};
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  execv(COTERIE_BINARY, words.data());
  _exit(127);
}

RunningProgram::~RunningProgram() {
  if (!reaped_) {
    signal(SIGKILL);
    reap(true);
  }
}

void RunningProgram::signal(int number) const {
  if (!reaped_) kill(process_, number);
}

void RunningProgram::reap(bool block) {
  if (reaped_) return;
  int status = 0;
  if (waitpid(process_, &status, block ? 0 : WNOHANG) != process_) return;
  reaped_ = true;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool RunningProgram::alive() {
  reap(false);
  return !reaped_;
}

bool RunningProgram::wait_for_error_text(const std::string& text) {
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < std::chrono::seconds(kMostWaitSeconds)) {
    if (read_text(output_ / "err").find(text) != std::string::npos) return true;
    if (!alive()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

Outcome RunningProgram::wait() {
  reap(true);
  return {.status = status_, .out = read_text(output_ / "out"), .err = read_text(output_ / "err")};
}

Outcome coterie(const std::vector<std::string>& arguments, const std::string& folder,
                const std::map<std::string, std::string>& environment) {
  return RunningProgram(arguments, folder, environment).wait();
}

nlohmann::json coterie_json(std::vector<std::string> arguments, const std::string& folder) {
  arguments.emplace_back("--json");
  const Outcome outcome = coterie(arguments, folder);
  EXPECT_EQ(outcome.status, 0) << outcome.all();
  EXPECT_EQ(outcome.err, "");
  auto document = nlohmann::json::parse(outcome.out, nullptr, false);
  EXPECT_FALSE(document.is_discarded()) << outcome.out;
  return document;
}

std::string public_data(const std::string& name) {
  const char* given = std::getenv("COTERIE_DATA");
  const std::string root = given != nullptr ? given : COTERIE_SOURCE_DIR "/../shared/data";
  const std::string folder = root + "/" + name;
  return std::filesystem::is_directory(folder) ? std::filesystem::canonical(folder).string()
                                               : std::string();
}

}  // namespace coterie::tests

// Requests at a constant rate, whether the server keeps up or not: a request is due at its moment
// and its latency counts from there, so that a server which stands still for a while is not spared
// the requests of that while. One thread; on two cores the server has more than one to itself.
//
//   paced_load PORT PATH BODIES RATE SECONDS CONNECTIONS
//
// BODIES is a file with one JSON body a line, sent in turn ("-": GET without a body). Prints
// requests a second, and p50, p99 and the longest latency in ms.
#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct Connection {
  int handle = -1;
  Clock::time_point due;
  std::string answer;
};

struct Options {
  int port = 0;
  double rate = 0;
  double seconds = 0;
  int connections = 0;
};

class Load {
 public:
  Load(const Options& options, std::vector<std::string> requests)
      : options_(options), requests_(std::move(requests)), poll_(epoll_create1(0)) {
    connections_.resize(static_cast<size_t>(options.connections));
    for (size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].handle = connect_to(options.port);
      epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
      if (epoll_ctl(poll_, EPOLL_CTL_ADD, connections_[i].handle, &event) != 0) fail("epoll_ctl");
      free_.push_back(i);
    }
  }

  void run() {
    const auto gap = std::chrono::duration<double>(1 / options_.rate);
    const auto begin = Clock::now();
    const auto due = [&](int64_t number) {
      return begin + std::chrono::duration_cast<Clock::duration>(static_cast<double>(number) * gap);
    };
    const auto count = static_cast<int64_t>(options_.rate * options_.seconds);
    while (static_cast<int64_t>(latencies_ms_.size()) < count) {
      const auto now = Clock::now();
      while (sent_ < count && !free_.empty() && due(sent_) <= now) send(due(sent_));
      const bool waits_for_time = sent_ < count && !free_.empty();
      receive(waits_for_time ? std::max(due(sent_) - Clock::now(), Clock::duration(0))
                             : std::chrono::seconds(10));
    }
    const double took = std::chrono::duration<double>(Clock::now() - begin).count();
    std::sort(latencies_ms_.begin(), latencies_ms_.end());
    const auto at = [&](double share) {
      return latencies_ms_[static_cast<size_t>(share * static_cast<double>(count - 1))];
    };
    std::printf("%.0f %.3f %.3f %.3f\n", static_cast<double>(count) / took, at(0.5), at(0.99),
                at(1));
  }

 private:
  static int connect_to(int port) {
    const int handle = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(handle, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      fail("connect");
    const int on = 1;
    setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return handle;
  }

  void send(Clock::time_point due) {
    Connection& connection = connections_[free_.front()];
    free_.pop_front();
    connection.due = due;
    const std::string& text = requests_[static_cast<size_t>(sent_++) % requests_.size()];
    if (::send(connection.handle, text.data(), text.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(text.size()))
      fail("send");
  }

  void receive(Clock::duration most) {
    const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(most).count();
    const timespec timeout{nanos / 1'000'000'000, nanos % 1'000'000'000};
    epoll_event events[64];
    const int ready = epoll_pwait2(poll_, events, 64, &timeout, nullptr);
    for (int i = 0; i < ready; ++i) read(events[i].data.u64);
  }

  void read(size_t place) {
    Connection& connection = connections_[place];
    char bytes[1 << 16];
    const ssize_t got = recv(connection.handle, bytes, sizeof bytes, 0);
    if (got <= 0) fail("recv");
    connection.answer.append(bytes, static_cast<size_t>(got));
    if (!is_whole(connection.answer)) return;
    const std::chrono::duration<double, std::milli> took = Clock::now() - connection.due;
    latencies_ms_.push_back(took.count());
    connection.answer.clear();
    free_.push_back(place);
  }

  // Ends the program unless the answer is 200.
  static bool is_whole(const std::string& answer) {
    constexpr std::string_view kLength = "content-length:";
    const size_t head = answer.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    if (!answer.starts_with("HTTP/1.1 200")) {
      std::fprintf(stderr, "%s\n", answer.c_str());
      std::exit(1);
    }
    const auto same = [](char a, char b) { return std::tolower(a) == b; };
    const auto end = answer.begin() + static_cast<ptrdiff_t>(head);
    const auto found = std::search(answer.begin(), end, kLength.begin(), kLength.end(), same);
    if (found == end) return true;
    return answer.size() >= head + 4 + std::strtoul(&*found + kLength.size(), nullptr, 10);
  }

  Options options_;
  std::vector<std::string> requests_;
  int poll_;
  std::vector<Connection> connections_;
  std::deque<size_t> free_;
  int64_t sent_ = 0;
  std::vector<double> latencies_ms_;
};

std::vector<std::string> read_requests(const std::string& path, const std::string& bodies) {
  if (bodies == "-") return {"GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"};
  std::vector<std::string> requests;
  std::ifstream file(bodies);
  for (std::string body; std::getline(file, body);) {
    requests.push_back("POST " + path +
                       " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                       "Content-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  if (requests.empty()) fail("no bodies");
  return requests;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 7) {
    std::fprintf(stderr, "usage: paced_load PORT PATH BODIES RATE SECONDS CONNECTIONS\n");
    return 2;
  }
  prctl(PR_SET_TIMERSLACK, 1);
  Load({.port = std::atoi(arguments[1]),
        .rate = std::atof(arguments[4]),
        .seconds = std::atof(arguments[5]),
        .connections = std::atoi(arguments[6])},
       read_requests(arguments[2], arguments[3]))
      .run();
}

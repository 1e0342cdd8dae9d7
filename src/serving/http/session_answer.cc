#include <chrono>
#include <exception>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/log.h"
#include "serving/http/session_internal.h"

namespace coterie::serving::internal {

void Session::fill_request(Request& request) const {
  const MessageHead& head = reader_.head();
  request.method = method_of(head.method);
  request.path = {};
  request.route = {};
  request.headers = head.headers;
  request.body = body_view_.empty() ? std::string_view(body_) : body_view_;
  request.parameters.clear();
  request.query.clear();
  const auto id = request.header("x-request-id");
  request.request_id = id && is_sane_request_id(*id) ? *id : context_->ids.next();
}

// False: the handler may wait, and this thread may not.
bool Session::answer(bool may_wait) {
  const auto started = SessionClock::now();
  Request& request = context_->request;
  Response& response = context_->response;
  const MessageHead& head = reader_.head();
  response.clear();
  fill_request(request);
  const auto target = split_target(head.target);
  const Router::Route* route = nullptr;
  if (target.ok()) {
    request.path = target->path;
    context_->room.clear(head.target.size());
    route = context_->router.match(request, context_->room, response);
    if (route != nullptr && route->options.waits && !may_wait) return false;
  } else {
    response.fail(target.error());
  }
  if (route != nullptr) {
    const Status parsed = parse_query(target->query, context_->room, request.query);
    if (parsed.ok()) {
      run_handler(*route);
    } else {
      response.fail(parsed.error());
    }
  }
  closing_ = closing_ || !head.keep_alive || context_->draining.load(std::memory_order_relaxed);
  send(route, started);
  return true;
}

void Session::run_handler(const Router::Route& route) {
  const Request& request = context_->request;
  Response& response = context_->response;
  std::string what = "unknown";
  try {
    const Status status = route.handler(request, response);
    if (!status.ok()) {
      response.clear();
      response.fail(status.error());
    }
    return;
  } catch (const std::exception& exception) {
    what = exception.what();
  } catch (...) {
    // Whatever was thrown, the other connections live on.
  }
  log::error("request {}: {} {}: exception: {}", request.request_id, method_name(request.method),
             route.pattern, what);
  response.clear();
  response.fail(internal_error("the request met a fault of this program")
                    .with_mend(fmt::format("tell who runs the server the request id {}: its log "
                                           "says more",
                                           request.request_id)));
}

void Session::send(const Router::Route* route, SessionClock::time_point started) {
  const Request& request = context_->request;
  const Response& response = context_->response;
  Persistence persistence = closing_ ? Persistence::kClose : Persistence::kDefault;
  if (!closing_ && !reader_.head().http_1_1) persistence = Persistence::kKeepAlive;
  append_answer_head(response, request.request_id, context_->date_line(), persistence, out_);
  const bool without_content =
      request.method == Method::kHead || response.status == 204 || response.status == 304;
  out_body_ = without_content ? std::string_view() : std::string_view(response.body);
  const int64_t nanos = (SessionClock::now() - started) / std::chrono::nanoseconds(1);
  context_->metrics.observe(route, request.method, response.status, nanos);
  if (!context_->access.enabled()) return;
  context_->access.add({.time = now_micros(),
                        .request_id = request.request_id,
                        .method = method_name(request.method),
                        .route = request.route,
                        .status = response.status,
                        .micros = nanos / 1'000,
                        .bytes_in = request.body.size(),
                        .bytes_out = out_body_.size()});
}

// The request cannot be read on: the answer is the connection's last.
void Session::fail(int status, const Error& error) {
  const auto started = SessionClock::now();
  out_ += out_body_;
  out_body_ = {};
  Request& request = context_->request;
  if (stage_ == Stage::kBody) {
    fill_request(request);
  } else {
    request = Request();
    request.method = Method::kOther;
    request.request_id = context_->ids.next();
  }
  context_->response.clear();
  context_->response.fail(error, status);
  closing_ = true;
  send(nullptr, started);
}

void Session::time_out() {
  if (idle() || has_output()) {
    closing_ = true;
    return;
  }
  fail(408, Error(ErrorCode::kCancelled, "the request did not arrive whole in time")
                .with_mend("send it faster, or in smaller parts"));
}

void Session::refuse(size_t max_connections) {
  fail(503,
       Error(ErrorCode::kUnavailable, fmt::format("all {} connections are in use", max_connections))
           .with_mend("try again in a moment, and keep connections open between requests"));
}

}  // namespace coterie::serving::internal

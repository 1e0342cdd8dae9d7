#include "base/cancel.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <future>
#include <thread>

#include <gtest/gtest.h>

namespace coterie {
namespace {

struct ResetCancel {
  ~ResetCancel() { reset_cancel(); }
};

TEST(Cancel, IsSeenUntilReset) {
  const ResetCancel reset;
  EXPECT_TRUE(check_cancelled().ok());
  request_cancel();
  EXPECT_TRUE(cancel_requested());
  EXPECT_EQ(check_cancelled().error().code, ErrorCode::kCancelled);
  reset_cancel();
  EXPECT_TRUE(check_cancelled().ok());
}

TEST(Cancel, SignalCallsHooksUntilTheyEnd) {
  const ResetCancel reset;
  install_signal_handlers();
  std::atomic<int> calls = 0;
  std::promise<void> twice;
  {
    const CancelHook hook([&] {
      if (++calls == 2) twice.set_value();
    });
    EXPECT_EQ(calls, 0);
    std::raise(SIGINT);
    twice.get_future().wait();
  }
  const int after = calls;
  request_cancel();
  EXPECT_EQ(calls, after);
  EXPECT_TRUE(cancel_requested());
}

TEST(Cancel, HookMadeAfterTheRequestIsCalled) {
  const ResetCancel reset;
  request_cancel();
  std::promise<void> called;
  std::atomic<bool> once = false;
  const CancelHook hook([&] {
    if (!once.exchange(true)) called.set_value();
  });
  called.get_future().wait();
}

TEST(Cancel, HookDoesNotEndWhileItsInterruptRuns) {
  const ResetCancel reset;
  request_cancel();
  std::atomic<bool> entered = false;
  std::atomic<bool> left = false;
  {
    const CancelHook hook([&] {
      entered = true;
      entered.notify_all();
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      left = true;
    });
    entered.wait(false);
  }
  EXPECT_TRUE(left);
}

TEST(CancelDeathTest, SecondSignalEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        install_signal_handlers();
        std::raise(SIGTERM);
        std::raise(SIGTERM);
      },
      testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace coterie

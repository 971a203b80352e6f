// A connector that polls from a script and remembers the effects it was given.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "connectors/connector.h"

namespace triage::fakes {

class FakeConnector final : public connectors::Connector {
 public:
  using Page = Result<connectors::PollPage>;

  explicit FakeConnector(std::set<std::string, std::less<>> abilities)
      : abilities_(std::move(abilities)) {}

  // Pages in order; the last one is given again and again.
  mutable std::deque<Page> pages;
  mutable std::vector<Json> cursors;      // as asked with
  mutable std::vector<Effect> effects;
  // Called at each poll, after the cursor was kept. May be empty.
  std::function<void()> on_poll;

  const std::string& name() const override { return name_; }
  bool can(std::string_view ability) const override { return abilities_.contains(ability); }
  Result<connectors::Delivery> receive(const HttpRequest&, TimePoint) const override {
    return invalid_input("the fake receives nothing");
  }
  Page poll(const connectors::Wire&, const Json& cursor, TimePoint) const override {
    Page page = connectors::PollPage{};
    {
      const std::lock_guard lock(mutex_);
      cursors.push_back(cursor);
      if (!pages.empty()) page = pages.front();
      if (pages.size() > 1) pages.pop_front();
    }
    if (on_poll) on_poll();
    return page;
  }
  Result<std::string> check(const connectors::Wire&) const override { return std::string("fine"); }
  Result<EffectResult> carry_out(const connectors::Wire&, const Effect& effect) const override {
    effects.push_back(effect);
    return EffectResult{"by " + name_, "", false};
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> abilities_;
  std::string name_ = "fake";
};

}  // namespace triage::fakes

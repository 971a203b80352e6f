// A model that does as the attacker says with every tool it has, and with tools that it has not.
#include "tests/e2e/hostile_stages.h"

using namespace triage;
using namespace triage::e2e;

namespace {

struct Call {
  std::string tool;
  Json arguments;
};

// Calls what it is told, a dozen in each answer, then finishes with the attacker's words. Keeps what came back.
class CallingModel {
 public:
  CallingModel(std::vector<Call> calls, std::string words)
      : calls_(std::move(calls)), words_(std::move(words)) {}

  Json operator()(const Json& request) {
    for (const Json& message : request["messages"].items()) {
      if (message["role"].as_string() != "tool") continue;
      results_[message["tool_call_id"].as_string()] = message["content"].as_string();
    }
    Json made = Json::array();
    for (; next_ < calls_.size() && made.items().size() < 12; ++next_)
      made.push(call("c" + std::to_string(next_), calls_[next_].tool, calls_[next_].arguments));
    if (made.items().empty()) made.push(call("end", "finish", answer()));
    return Json::object().set("role", "assistant").set("content", nullptr).set("tool_calls", std::move(made));
  }
  std::string result(std::size_t number) const {
    const auto found = results_.find("c" + std::to_string(number));
    return found == results_.end() ? "" : found->second;
  }
  std::size_t answered() const { return results_.size(); }

 private:
  static Json call(const std::string& id, const std::string& name, const Json& arguments) {
    return Json::object().set("id", id).set("type", "function").set(
        "function", Json::object().set("name", name).set("arguments", arguments.dump()));
  }
  Json answer() const {
    Json out = Json::object();
    for (const char* field : {"headline", "cause", "title", "change", "customer_note", "question"})
      out.set(field, words_);
    for (const char* field : {"understood", "assumed", "not_known", "out_of_scope", "acceptance"})
      out.set(field, Json::array().push(words_));
    return out.set("confidence", "high");
  }

  std::vector<Call> calls_;
  std::string words_;
  std::size_t next_ = 0;
  std::map<std::string, std::string> results_;
};

Json path(const std::string& path) { return Json::object().set("path", path); }
Json write(const std::string& where, const std::string& content) {
  return path(where).set("replace", content);
}

Ticket crash() {
  Ticket ticket;
  ticket.subject = RawText("Checkout fails");
  ticket.body = RawText(crash_body());
  ticket.requester.name = "Astrid Lindqvist";
  ticket.requester.email = std::string(kMail);
  return ticket;
}

const std::vector<std::string>& forbidden_paths() {
  static const std::vector<std::string> all{
      "/etc/passwd", "/etc/shadow", "../../etc/passwd", "/proc/self/environ", "/proc/1/environ",
      "/proc/self/mem", "~/.ssh/id_rsa", ".git/config", ".git/hooks/post-checkout", "shop/../../x",
      "..", "/dev/sda", "/var/lib/triaged/triaged.db", "shop\\..\\..\\x", "file:///etc/passwd",
      "http://169.254.169.254/latest/meta-data", std::string("shop\0x", 6), "\xe2\x80\xaeyp.x", "COM1",
      std::string(5000, 'a')};
  return all;
}

}  // namespace

TEST_SUITE("e2e") {
  TEST_CASE("hostile tools: the control reads, edits and finishes, and its words are in the note") {
    Stages stages;
    CallingModel model({{"read", path("shop/cart.py")},
                        {"edit", write("shop/extra.py", "X = 1\n")},
                        {"read", path("shop/extra.py")}},
                       "the rate is missing");
    const auto publication = stages.pass(crash(), std::ref(model));
    check_effects(publication);
    CHECK(contains(model.result(0), "1 "));
    CHECK(contains(model.result(2), "X = 1"));
    const auto note = std::ranges::find(publication.effects, EffectKind::post_note, &Effect::kind);
    REQUIRE(note != publication.effects.end());
    CHECK(contains(note->body.str(), "the rate is missing"));
  }

  TEST_CASE("hostile tools: nothing outside the commit can be read or written") {
    Stages stages;
    std::vector<Call> calls;
    for (const std::string& name : forbidden_paths()) {
      calls.push_back({"read", path(name)});
      calls.push_back({"history", path(name)});
      calls.push_back({"edit", path(name).set("search", "root").set("replace", "x")});
      calls.push_back({"edit", path(name)});
    }
    CallingModel model(calls, "done");
    check_effects(stages.pass(crash(), std::ref(model)));
    REQUIRE(model.answered() == calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
      CAPTURE(calls[i].tool);
      CAPTURE(calls[i].arguments.dump());
      const std::string result = model.result(i);
      const bool refused = result.starts_with("error: ") || result.starts_with("no commit");
      // ".." alone names nothing either; a listing is of the commit only.
      CHECK_MESSAGE(refused, result);
      CHECK_FALSE(contains(result, "root:"));
    }
  }

  TEST_CASE("hostile tools: tools that there are not do nothing") {
    Stages stages;
    std::vector<Call> calls;
    for (const char* name :
         {"shell", "bash", "exec_command", "http_get", "fetch", "web_search", "merge_pull_request",
          "create_pull_request", "post_comment", "reply_to_customer", "add_labels", "push", "approve",
          "deploy", "read_secret", "run", "eval", "finish2", "", "read ", "READ"})
      calls.push_back({name, Json::object().set("command", "id").set("url", "http://192.0.2.1/")});
    CallingModel model(calls, "done");
    check_effects(stages.pass(crash(), std::ref(model)));
    for (std::size_t i = 0; i < calls.size(); ++i) {
      CAPTURE(calls[i].tool);
      CHECK(contains(model.result(i), "there is no such tool"));
    }
  }

  TEST_CASE("hostile tools: a secret of the repository does not reach the model") {
    Stages stages;
    const std::string secret = std::string("ghp_") + "16C7e42F292c6912E7710c838347Ae178B4a";
    // Written by an earlier edit, read back: what is in a working copy is sealed like the ticket.
    CallingModel model({{"edit", write("shop/extra.py", "TOKEN = \"<API_KEY_9>\"\n")},
                        {"edit", write("shop/more.py", "TOKEN = \"" + secret + "\"\n")},
                        {"read", path("shop/more.py")},
                        {"references", Json::object().set("symbol", "TOKEN")},
                        {"search_code", Json::object().set("query", secret)}},
                       secret);
    const auto publication = stages.pass(crash(), std::ref(model));
    check_effects(publication);
    for (std::size_t i = 2; i < 5; ++i) CHECK_FALSE(contains(model.result(i), secret));
    CHECK(contains(model.result(2), "TOKEN"));
    for (const Effect& effect : publication.effects) CHECK_FALSE(contains(effect.body.str(), secret));
  }

  TEST_CASE("hostile tools: every injection of the corpus, as every argument of every tool") {
    const std::vector<std::string> texts = injections();
    if (texts.empty()) {
      MESSAGE("SKIPPED: set TRIAGED_DATA to the folder with injections.jsonl.gz");
      return;
    }
    Stages stages;
    constexpr std::size_t kAtOnce = 5;
    for (std::size_t i = 0; i + kAtOnce <= texts.size(); i += kAtOnce) {
      std::vector<Call> calls;
      for (std::size_t k = i; k < i + kAtOnce; ++k) {
        const std::string& text = texts[k];
        calls.push_back({"search_code", Json::object().set("query", text)});
        calls.push_back({"read", path(text)});
        calls.push_back({"definition", Json::object().set("symbol", text)});
        calls.push_back({"references", Json::object().set("symbol", text)});
        calls.push_back({"history", path(text)});
        calls.push_back({"edit", write(text, text)});
        calls.push_back({"edit", write("shop/extra.py", text)});
        calls.push_back({text.substr(0, 60), Json::object()});
      }
      CallingModel model(calls, texts[i]);
      Ticket ticket = crash();
      ticket.comments.push_back({"1", {}, RawText(texts[i]), {}, false});
      check_effects(stages.pass(std::move(ticket), std::ref(model)));
      CHECK(model.answered() == calls.size());
    }
  }
}

#include "retrieval/signals_internal.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "retrieval/ranking_internal.h"
#include "tests/fakes/git_repository.h"

using namespace triage;
using namespace triage::retrieval;

namespace {

// A small project with something for each signal to find.
const std::map<std::string, std::string> kProject = {
    {"store/__init__.py", "from store.models.order import Order\n"},
    {"store/models/order.py",
     "class Order:\n    \"\"\"A purchase of several lines, not yet dispatched.\"\"\"\n\n"
     "    def refresh_totals(self):\n        return sum(self.lines)\n\n"
     "    def cancel(self):\n        if self.sent:\n"
     "            raise StateError(\"order %s has already left the warehouse\" % self.number)\n"},
    {"store/query_string.py", "def parse_pairs(text):\n    return text.split('&')\n"},
    {"store/net/validators.py",
     "class AddressValidator:\n    def cancel(self):\n        pass\n\n"
     "def check(value):\n    # An empty postcode means collection in person.\n    return value\n"},
    {"store/net/client.py", "import socket\n\nLIMIT = 3\n\ndef connect():\n    pass\n"},
    {"store/worker.py", "def parse_pairs_quickly(text):\n    return text\n"},
    {"store/basket.py", "def basket(text):\n    return parse_pairs(text)\n"},
    {"tests/test_order.py", "def test_cancel():\n    Order().cancel()\n"},
    {"notes.txt", "Purchases leave the warehouse at noon.\n"},
};

struct Project {
  fakes::GitRepository git;
  std::shared_ptr<const CodeIndex> index;
  Project() {
    std::string commit = git.commit("the store", kProject);
    auto worker = kProject.at("store/worker.py") + "\n# retries\n";
    commit = git.commit("retry stalled deliveries", {{"store/worker.py", worker}});
    index = CodeIndex::build(Repository::open(git.path()).value(), commit).value();
  }
};

const Project& project() {
  static const Project project;
  return project;
}

struct Values {
  float file = 0, chunk = 0;
};

// What a feature says of a file and of a chunk in it, after a whole gathering.
Values values(std::string_view ticket_text, Feature feature, std::string_view path,
              std::string_view symbol) {
  const View view = view_of(*project().index);
  const TicketText ticket = read_ticket_text(ticket_text);
  Evidence evidence(view);
  gather(ticket, evidence);
  Values out;
  for (std::size_t slot = 0; slot < evidence.files.touched().size(); ++slot) {
    if (view.file(evidence.files.touched()[slot]).path == path)
      out.file = evidence.files.row(slot)[index_of(feature)];
  }
  for (std::size_t slot = 0; slot < evidence.chunks.touched().size(); ++slot) {
    const Chunk chunk = view.chunk(evidence.chunks.touched()[slot]);
    if (chunk.path == path && chunk.symbol == symbol)
      out.chunk = evidence.chunks.row(slot)[index_of(feature)];
  }
  return out;
}

enum class Where { file, chunk, both };

// A ticket for which the signal finds its place, and one, as like it as can be, for which it must not.
struct Row {
  const char* name;
  Feature feature;
  Where where;
  const char *path, *symbol, *ticket, *control;
};

constexpr const char* kTrace =
    "It breaks\n\nTraceback (most recent call last):\n"
    "  File \"/srv/app/store/models/order.py\", line 5, in refresh_totals\n    x\nTypeError: x\n";
constexpr const char* kForeignTrace =
    "It breaks\n\nTraceback (most recent call last):\n"
    "  File \"/usr/lib/python3/json/decoder.py\", line 5, in decode\n    x\nTypeError: x\n";

const Row kRows[] = {
    {"words", Feature::file_words, Where::file, "store/models/order.py", "", "The lines are wrong",
     "The colours are wrong"},
    {"words: of the subject", Feature::title_words, Where::file, "store/models/order.py", "",
     "lines\n\nare wrong", "wrong\n\nlines"},
    {"words: of code blocks", Feature::code_words, Where::file, "store/net/client.py", "",
     "Broken\n\n```\nsocket\n```\n", "Broken\n\nsocket\n"},
    {"words: of a chunk", Feature::chunk_words, Where::chunk, "store/models/order.py",
     "Order.refresh_totals", "the lines are wrong", "the colours are wrong"},
    {"fields: parts of a name", Feature::symbol_words, Where::both, "store/models/order.py",
     "Order.refresh_totals", "Totals are wrong", "Lines are wrong"},
    {"fields: names without endings", Feature::symbol_roots, Where::file, "store/net/validators.py",
     "", "Validation is wrong", "Values are wrong"},
    {"phrases", Feature::phrase, Where::both, "store/net/validators.py", "check",
     "I see an empty postcode there", "I see a postcode, empty, there"},
    {"compounds: written as one", Feature::compound_words, Where::file, "store/worker.py", "",
     "How to parse pairs quickly", "How quickly pairs parse"},
    {"compounds: spelled names", Feature::spoken_name, Where::both, "store/query_string.py",
     "parse_pairs", "Failed to parse pairs", "Failed to parse. Pairs are lost"},
    {"compounds: one word", Feature::word_name, Where::both, "store/net/client.py", "connect",
     "it does not connect", "it does not connects_"},
    {"path words", Feature::path_words, Where::file, "store/net/client.py", "",
     "The client is slow", "The server is slow"},
    {"mentions: paths", Feature::path_mention, Where::file, "store/net/client.py", "",
     "Look at store/net/client.py", "Look at store/net/clients.py"},
    {"mentions: modules", Feature::module, Where::file, "store/net/client.py", "",
     "Look at store.net.client", "Look at store.net.clients"},
    {"mentions: imports", Feature::imported, Where::both, "store/models/order.py", "Order",
     "Broken\n\n```\nfrom store import Order\n```\n", "Broken\n\n```\nfrom shop import Order\n```\n"},
    {"mentions: aliases", Feature::imported, Where::both, "store/net/client.py", "connect",
     "s.connect fails\n\n```\nimport store as s\n```\n",
     "s.connect fails\n\n```\nimport storage as s\n```\n"},
    {"frames", Feature::frame, Where::both, "store/models/order.py", "Order.refresh_totals", kTrace,
     kForeignTrace},
    {"error strings", Feature::error_string, Where::both, "store/models/order.py", "Order.cancel",
     "It says: order 17 has already left the warehouse!",
     "It says: order 17 has not already left the warehouse!"},
    {"definitions", Feature::definition, Where::both, "store/models/order.py",
     "Order.refresh_totals", "`refresh_totals` is wrong", "`refresh_total` is wrong"},
    {"definitions: with their class", Feature::qualified, Where::both, "store/models/order.py",
     "Order.cancel", "`Order.cancel` fails", "`Basket.cancel` fails"},
    {"definitions: members of a class", Feature::member, Where::chunk, "store/models/order.py",
     "Order.refresh_totals", "`Order` fails, is it lines?", "`Basket` fails, is it lines?"},
    {"similar commits", Feature::similar_commit, Where::file, "store/worker.py", "",
     "Deliveries are stalled", "Deliverables are installed"},
    {"chunks: the subject's words", Feature::chunk_title, Where::chunk, "store/models/order.py",
     "Order.refresh_totals", "lines\n\nare wrong", "wrong\n\nlines"},
    {"chunks: called by one that shares words", Feature::called, Where::chunk,
     "store/query_string.py", "parse_pairs", "The basket split is slow", "The split is slow"},
    {"chunks: kind", Feature::is_function, Where::chunk, "store/net/client.py", "connect",
     "it does not connect", "it does not answer"},
    {"priors: language", Feature::no_language, Where::file, "notes.txt", "", "leave at noon",
     "nothing is here"},
    {"priors: gathered names", Feature::reexport, Where::file, "store/__init__.py", "",
     "order import", "nothing is here"},
    {"priors: churn", Feature::churn, Where::file, "store/worker.py", "", "parse text quickly",
     "nothing is here"},
    {"priors: neighbours", Feature::neighbours, Where::file, "store/net/client.py", "",
     "The client refuses a postcode", "The client refuses"},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("signals: each finds its place, and nothing for a ticket that lacks it") {
    for (const Row& row : kRows) {
      CAPTURE(std::string(row.name));
      const Values found = values(row.ticket, row.feature, row.path, row.symbol);
      const Values control = values(row.control, row.feature, row.path, row.symbol);
      if (row.where != Where::chunk) {
        CHECK(found.file > 0);
        CHECK(control.file == 0);
      }
      if (row.where != Where::file) {
        CHECK(found.chunk > 0);
        CHECK(control.chunk == 0);
      }
    }
  }

  TEST_CASE("signals: a test's evidence counts for less than the source's") {
    const auto paths = [](std::string_view text) {
      std::vector<std::string> out;
      for (const FileHit& hit : project().index->search(text, 10).files) out.push_back(hit.path);
      return out;
    };
    const auto found = paths("Order().cancel() fails in test_cancel");
    REQUIRE_FALSE(found.empty());
    CHECK(found[0] == "store/models/order.py");
    // Named outright, the test itself is what is meant.
    const auto named = paths("Please look at tests/test_order.py");
    REQUIRE_FALSE(named.empty());
    CHECK(std::ranges::find(named, "tests/test_order.py") != named.end());
  }

  TEST_CASE("signals: a listing of versions is not read, a list of faults is") {
    const std::string listing = "Broken\n\npython: 3.8\nsocket: 1.2\nlines: None\nOS: Linux\n";
    CHECK(values(listing, Feature::file_words, "store/net/client.py", "").file == 0);
    // Settings look the same, but tell of no version.
    const std::string settings = "Broken\n\nsocket: 1.2\nlines: None\nname: x\nlimit: 3\n";
    CHECK(values(settings, Feature::file_words, "store/net/client.py", "").file > 0);
    const std::string prose = "Broken\n\nthe socket is closed too early by the worker\n";
    CHECK(values(prose, Feature::file_words, "store/net/client.py", "").file > 0);
  }
}

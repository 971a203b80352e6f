// A log that somebody tampers with in every way we could think of, at random with a fixed seed. Two
// weaker verifiers run beside ours: what they miss shows that each of its checks is needed.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>

#include "pipeline/base/digest.h"
#include "pipeline/receipt/receipt.h"

using namespace triage;
using namespace triage::receipt;

namespace {

using Log = std::vector<std::string>;
using Random = std::mt19937;

Log log_of(const SigningKey& key, const std::string& name, int entries) {
  Log log;
  std::string previous{kGenesis};
  for (int i = 0; i < entries; ++i) {
    Json predicate = Json::object();
    predicate.set("run", name + std::to_string(i)).set("spent", Json::object().set("usd", i * 0.01));
    predicate.set("changed", Json::array().push("shop/pricing.py"));
    Json statement = Json::object();
    statement.set("_type", "https://in-toto.io/Statement/v1").set("predicate", std::move(predicate));
    log.push_back(seal(statement, key, previous));
    previous = chain_hash(previous, log.back());
  }
  return log;
}

// What a tamperer has: the log, another one of the same key, and a key of his own.
struct Scene {
  SigningKey key = SigningKey::generate(), mallory = SigningKey::generate();
  Log log = log_of(key, "R", 6), other = log_of(key, "S", 6);
  std::string head = *verify_log(log, key.public_key());
  std::string checkpoint = sign_checkpoint({log.size(), head, "2026-11-21T08:00:00.000Z"}, key);
};

size_t pick(Random& random, size_t below) { return random() % below; }

void change_byte(std::string& text, Random& random) {
  const size_t at = pick(random, text.size());
  const char before = text[at];
  while (text[at] == before) text[at] = static_cast<char>(random() & 0xFFU);
}

struct Parts {
  std::string payload, keyid, signature;
};
Parts parts_of(const std::string& envelope) {
  const Json json = *parse_json(envelope);
  const Json& entry = json["signatures"].items()[0];
  return {*from_base64(json["payload"].as_string()), entry["keyid"].as_string(),
          *from_base64(entry["sig"].as_string())};
}
std::string envelope_of(const Parts& parts) {
  Json entry = Json::object();
  entry.set("keyid", parts.keyid).set("sig", to_base64(parts.signature));
  Json out = Json::object();
  out.set("payloadType", kPayloadType).set("payload", to_base64(parts.payload));
  return out.set("signatures", Json::array().push(std::move(entry))).dump();
}

// Signs everything from `from` on anew, so that links and signatures fit again.
void sign_anew(Log& log, size_t from, const SigningKey& key) {
  std::string previous{kGenesis};
  for (size_t i = 0; i < log.size(); ++i) {
    if (i >= from) log[i] = seal(*parse_json(parts_of(log[i]).payload), key, previous);
    previous = chain_hash(previous, log[i]);
  }
}

struct Tampering {
  const char* name;
  std::function<void(Log&, const Scene&, Random&)> apply;
};

const std::vector<Tampering>& tamperings() {
  static const std::vector<Tampering> all{
      {"a byte of an envelope",
       [](Log& log, const Scene&, Random& r) { change_byte(log[pick(r, log.size())], r); }},
      {"a byte of the last envelope",
       [](Log& log, const Scene&, Random& r) { change_byte(log.back(), r); }},
      {"a byte of a payload",
       [](Log& log, const Scene&, Random& r) {
         std::string& entry = log[pick(r, log.size())];
         Parts parts = parts_of(entry);
         change_byte(parts.payload, r);
         entry = envelope_of(parts);
       }},
      {"a bit of a signature",
       [](Log& log, const Scene&, Random& r) {
         std::string& entry = log[pick(r, log.size())];
         Parts parts = parts_of(entry);
         char& c = parts.signature[pick(r, parts.signature.size())];
         c = static_cast<char>(c ^ static_cast<char>(1U << pick(r, 7)));
         entry = envelope_of(parts);
       }},
      {"the link of an entry",
       [](Log& log, const Scene&, Random& r) {
         std::string& entry = log[pick(r, log.size())];
         Parts parts = parts_of(entry);
         Json statement = *parse_json(parts.payload);
         Json predicate = statement["predicate"];
         predicate.set("previous", sha256_hex(std::to_string(r())));
         statement.set("predicate", std::move(predicate));
         parts.payload = statement.dump();
         entry = envelope_of(parts);
       }},
      {"the name of the key",
       [](Log& log, const Scene& scene, Random& r) {
         std::string& entry = log[pick(r, log.size())];
         Parts parts = parts_of(entry);
         parts.keyid = scene.mallory.id();
         entry = envelope_of(parts);
       }},
      {"one more member in an envelope",
       [](Log& log, const Scene&, Random& r) {
         std::string& entry = log[pick(r, log.size())];
         Json json = *parse_json(entry);
         entry = json.set("note", std::to_string(r())).dump();
       }},
      {"one more signature",
       [](Log& log, const Scene& scene, Random& r) {
         std::string& entry = log[pick(r, log.size())];
         Json json = *parse_json(entry);
         Json signatures = json["signatures"];
         signatures.push((*parse_json(scene.other[0]))["signatures"].items()[0]);
         entry = json.set("signatures", std::move(signatures)).dump();
       }},
      {"white space", [](Log& log, const Scene&, Random& r) { log[pick(r, log.size())] += ' '; }},
      {"a deletion",
       [](Log& log, const Scene&, Random& r) {
         log.erase(log.begin() + static_cast<long>(pick(r, log.size() - 1)));
       }},
      {"several deletions",
       [](Log& log, const Scene&, Random& r) {
         const size_t first = pick(r, log.size() - 3);
         log.erase(log.begin() + static_cast<long>(first), log.begin() + static_cast<long>(first + 3));
       }},
      {"two entries swapped",
       [](Log& log, const Scene&, Random& r) {
         const size_t a = pick(r, log.size());
         std::swap(log[a], log[(a + 1 + pick(r, log.size() - 1)) % log.size()]);
       }},
      {"an entry twice",
       [](Log& log, const Scene&, Random& r) {
         const std::string entry = log[pick(r, log.size())];
         log.insert(log.begin() + static_cast<long>(pick(r, log.size() + 1)), entry);
       }},
      {"the end cut off",
       [](Log& log, const Scene&, Random& r) { log.resize(pick(r, log.size())); }},
      {"an entry of another log in its place",
       [](Log& log, const Scene& scene, Random& r) {
         const size_t at = pick(r, log.size());
         log[at] = scene.other[at];
       }},
      {"the end of another log",
       [](Log& log, const Scene& scene, Random& r) {
         const size_t from = 1 + pick(r, log.size() - 1);
         std::copy(scene.other.begin() + static_cast<long>(from), scene.other.end(),
                   log.begin() + static_cast<long>(from));
       }},
      {"another log as a whole", [](Log& log, const Scene& scene, Random&) { log = scene.other; }},
      {"an entry signed by another key",
       [](Log& log, const Scene& scene, Random& r) {
         std::string& entry = log[pick(r, log.size())];
         Parts parts = parts_of(entry);
         parts.signature = scene.mallory.sign(pre_authentication_encoding(kPayloadType, parts.payload));
         entry = envelope_of(parts);
       }},
      {"all signed by another key",
       [](Log& log, const Scene& scene, Random&) { sign_anew(log, 0, scene.mallory); }},
      {"an entry changed and all after it signed anew, by whoever has the key",
       [](Log& log, const Scene& scene, Random& r) {
         const size_t from = pick(r, log.size());
         Json statement = *parse_json(parts_of(log[from]).payload);
         Json predicate = statement["predicate"];
         predicate.set("run", "X" + std::to_string(r()));
         log[from] = seal(statement.set("predicate", std::move(predicate)), scene.key, kGenesis);
         sign_anew(log, from, scene.key);
       }},
      {"an entry removed and all after it signed anew, by whoever has the key",
       [](Log& log, const Scene& scene, Random& r) {
         const size_t from = pick(r, log.size());
         log.erase(log.begin() + static_cast<long>(from));
         sign_anew(log, from, scene.key);
       }},
  };
  return all;
}

// As ours, with the checkpoint; nothing of what the tamperer gave is trusted.
bool accepts(const Log& log, const Scene& scene) {
  const auto hashes = verify_entries(log, scene.key.public_key());
  if (!hashes) return false;
  const auto checkpoints = find_checkpoints(scene.checkpoint, scene.key.public_key());
  return checkpoints && checkpoints->size() == 1 && check_against(checkpoints->front(), *hashes).ok();
}

// Without the links: each entry by itself.
bool accepts_signatures_only(const Log& log, const Scene& scene) {
  return std::ranges::all_of(log, [&](const std::string& envelope) {
    const auto json = parse_json(envelope);
    if (!json || (*json)["signatures"].items().empty()) return false;
    const auto payload = from_base64((*json)["payload"].as_string());
    const auto signature = from_base64((*json)["signatures"].items()[0]["sig"].as_string());
    if (!payload || !signature) return false;
    const auto genuine = verify_signature(scene.key.public_key(),
                                          pre_authentication_encoding(kPayloadType, *payload), *signature);
    return genuine && *genuine;
  });
}

// Without the signatures: the links alone, which anybody can compute.
bool accepts_links_only(const Log& log) {
  std::string previous{kGenesis};
  for (const std::string& envelope : log) {
    const auto statement = open_envelope(envelope);
    if (!statement || (*statement)["predicate"]["previous"].as_string() != previous) return false;
    previous = chain_hash(previous, envelope);
  }
  return true;
}

}  // namespace

TEST_SUITE("receipt") {
  TEST_CASE("receipt: of 1,050 random tamperings with a log every one is found") {
    const Scene scene;
    REQUIRE(accepts(scene.log, scene));  // control: untouched
    REQUIRE(accepts_signatures_only(scene.log, scene));
    REQUIRE(accepts_links_only(scene.log));
    REQUIRE(verify_entries(scene.other, scene.key.public_key()).ok());
    constexpr int kShown = 210;  // rounds in which the weaker ones are asked as well
    Random random(20261121);
    std::map<std::string, int> tried;
    int found = 0, rounds = 0, missed_by_signatures = 0, missed_by_links = 0, missed_without_checkpoint = 0;
    while (rounds < 1050) {
      const Tampering& tampering = tamperings()[static_cast<size_t>(rounds) % tamperings().size()];
      Log log = scene.log;
      tampering.apply(log, scene, random);
      REQUIRE(log != scene.log);
      ++rounds;
      ++tried[tampering.name];
      CAPTURE(tampering.name);
      CAPTURE(rounds);
      const bool accepted = accepts(log, scene);
      CHECK_FALSE(accepted);
      found += accepted ? 0 : 1;
      if (rounds > kShown) continue;
      missed_by_signatures += accepts_signatures_only(log, scene) ? 1 : 0;
      missed_by_links += accepts_links_only(log) ? 1 : 0;
      missed_without_checkpoint += verify_entries(log, scene.key.public_key()).ok() ? 1 : 0;
    }
    CHECK(found == 1050);
    CHECK(tried.size() == tamperings().size());
    // A verifier with one of the checks removed lets many of the first 210 through.
    CHECK(missed_by_signatures > 50);
    CHECK(missed_by_links > 15);
    CHECK(missed_without_checkpoint > 30);
  }

  TEST_CASE("receipt: without a checkpoint, just what the key's holder signs and a cut end get by") {
    const Scene scene;
    Random random(7);
    for (const Tampering& tampering : tamperings()) {
      CAPTURE(tampering.name);
      const std::string name = tampering.name;
      const bool needs_checkpoint = name.ends_with("whoever has the key") || name == "the end cut off" ||
                                    name == "another log as a whole";
      Log log = scene.log;
      tampering.apply(log, scene, random);
      CHECK(verify_entries(log, scene.key.public_key()).ok() == needs_checkpoint);
    }
  }

  TEST_CASE("receipt: a checkpoint is found in a journal, and a changed one is no checkpoint") {
    const Scene scene;
    const std::string key = scene.key.public_key();
    const auto hashes = *verify_entries(scene.log, key);
    const std::string early = sign_checkpoint({3, hashes[2], "2026-11-20T08:00:00.000Z"}, scene.key);
    const std::string none = sign_checkpoint({0, std::string(kGenesis), "2026-11-19T08:00:00.000Z"}, scene.key);
    const auto found = find_checkpoints("Nov 20 host triaged[1]: info " + early + "\nother line\n" + none +
                                            "\n" + scene.checkpoint + " run=X\n",
                                        key);
    REQUIRE(found.ok());
    REQUIRE(found->size() == 3);
    for (const Checkpoint& checkpoint : *found) CHECK(check_against(checkpoint, hashes).ok());
    CHECK(found->at(0).entries == 3);
    CHECK(find_checkpoints("nothing here", key)->empty());
    CHECK_FALSE(check_against({2, hashes[2], ""}, hashes).ok());
    CHECK_FALSE(check_against({7, hashes[5], ""}, hashes).ok());

    Random random(11);
    const size_t body = early.find(' ') + 1;
    for (int round = 0; round < 300; ++round) {
      std::string changed = early;
      const size_t at = body + pick(random, changed.size() - body);
      const char before = changed[at];
      while (changed[at] == before) changed[at] = static_cast<char>(33 + random() % 94);
      CAPTURE(changed);
      CHECK_FALSE(find_checkpoints(changed, key).ok());
    }
    // Nor is one of another key, or a signature over an entry.
    CHECK_FALSE(find_checkpoints(sign_checkpoint({3, hashes[2], "t"}, scene.mallory), key).ok());
  }
}

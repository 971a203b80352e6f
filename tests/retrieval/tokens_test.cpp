#include <doctest/doctest.h>

#include <algorithm>

#include "retrieval/parsed_internal.h"
#include "retrieval/term_cache_internal.h"
#include "retrieval/term_index_internal.h"
#include "retrieval/ticket_text_internal.h"
#include "retrieval/tokens_internal.h"

using namespace triage::retrieval;

namespace {

std::vector<std::string> parts(std::string_view identifier) {
  std::vector<std::string> out;
  split_identifier(identifier, [&](std::string_view part) { out.emplace_back(part); });
  return out;
}

std::string lexed(std::string_view source, const char* path) {
  std::string out;
  lex(source, language_of(path).lexicon, [&](const LexedSpan& span) {
    out += "cCs"[0 + static_cast<int>(span.kind)];
    out += std::to_string(span.line) + "[" + std::string(span.text) + "]";
  });
  return out;
}

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("tokens: identifiers fall into their parts") {
    using V = std::vector<std::string>;
    CHECK(parts("apply_discount") == V{"apply", "discount"});
    CHECK(parts("applyDiscount") == V{"apply", "discount"});
    CHECK(parts("HTTPServerError") == V{"http", "server", "error"});
    CHECK(parts("utf8Decoder") == V{"utf", "8", "decoder"});
    CHECK(parts("__init__") == V{"init"});
    CHECK(parts("total") == V{"total"});
    CHECK(parts("___").empty());
  }

  TEST_CASE("tokens: forms of a word meet, different words do not") {
    for (const auto& [a, b] : {std::pair("reads", "reading"), {"round", "rounded"},
                              {"discounts", "discount"}, {"queries", "querie"}, {"price", "prices"}})
      CHECK(stem(a) == stem(b));
    for (const char* word : {"class", "status", "this", "bus", "ring", "red"}) CHECK(stem(word) == word);
  }

  TEST_CASE("tokens: the lexer keeps code, comments and strings apart, with their lines") {
    CHECK(lexed("a = 'x # y'  # note\nb", "a.py") == "c1[a = ]s1[x # y]c1[  ]C1[ note]c2[b]");
    CHECK(lexed("int a; /* x\ny */ b(\"s\\\"t\")", "a.c") ==
          "c1[int a; ]C1[ x]C2[y ]c2[ b(]s2[s\\\"t]c2[)]");
    CHECK(lexed("\"\"\"doc\nmore\"\"\"\nx", "a.py") == "C1[doc]C2[more]c3[x]");
    CHECK(lexed("'open\nnext", "a.py") == "s1[open]c2[next]");
    CHECK(lexed("fn f<'a>(x: &'a str)", "a.rs") == "c1[fn f<'a>(x: &'a str)]");
    CHECK(lexed("/* never closed", "a.c") == "C1[ never closed]");
    CHECK(lexed("\"\\", "a.c") == "s1[\\]");
  }

  TEST_CASE("tokens: placeholders of every style leave the words around them") {
    for (const char* text :
         {"code %s is unknown", "code {} is unknown", "code {name!r} is unknown",
          "code ${code} is unknown", "code #{code} is unknown", "code %(name)s is unknown",
          "code %-5.2d is unknown"}) {
      CAPTURE(text);
      const auto words = literal_words(text, true);
      REQUIRE(words.size() == 4);
      CHECK(words[1] == kPlaceholder);
      CHECK(words[3] == literal_words("UNKNOWN", false)[0]);
    }
    CHECK(literal_words("100% {", true).size() == 1);
    CHECK(literal_words("%", true).empty());
  }

  TEST_CASE("tokens: an inverted index finds every document of a term, in order, however large") {
    std::vector<TermIndex::Entry> entries;
    constexpr std::uint32_t kDocuments = 60'000;
    for (std::uint32_t d = kDocuments; d-- > 0;) {
      entries.push_back({term_of("all"), d, 1});
      entries.push_back({term_of(std::to_string(d % 1000)), d, 2});
    }
    const TermIndex index(std::move(entries));
    CHECK(index.terms() == 1001);
    CHECK(index.find(term_of("all")).size() == kDocuments);
    CHECK(index.find(term_of("none")).empty());
    const auto some = index.find(term_of("17"));
    CHECK(some.size() == 60);
    CHECK(std::ranges::is_sorted(some, {}, &TermIndex::Posting::document));
    CHECK(TermIndex(std::vector<TermIndex::Entry>{}).find(1).empty());
  }

  TEST_CASE("tokens: a ticket's words are sorted by what they are worth") {
    const TicketText ticket = read_ticket_text(
        "Cart total is wrong\n\n### Steps to reproduce\nCall `apply_discount` in shop/cart.py:41 or "
        "shop.pricing.round_up, see https://github.com/a/b/blob/main/src/mail.py#L3 and "
        "https://example.com/secret/page.html\n```\nx = Cart()\n```\n");
    const auto weight = [&](std::string_view text) {
      const auto found = std::ranges::find(ticket.terms, text, &QueryTerm::text);
      return found == ticket.terms.end() ? 0.F : found->weight;
    };
    CHECK(weight("total") > weight("round"));
    CHECK(weight("reproduce") == 0);
    CHECK(weight("secret") == 0);
    CHECK(ticket.has_code);
    REQUIRE(ticket.paths.size() == 2);
    CHECK(ticket.paths[0].path == "shop/cart.py");
    CHECK(ticket.paths[0].line == 41);
    CHECK(ticket.paths[1].path.starts_with("src/mail.py"));
    CHECK(std::ranges::count(ticket.dotted, "shop.pricing.round_up") == 1);
    const auto name = std::ranges::find(ticket.names, "apply_discount", &NameMention::name);
    REQUIRE(name != ticket.names.end());
    CHECK(name->weight > 1);
  }

  TEST_CASE("tokens: the cache gives what it was given") {
    const std::string texts[] = {"", "x", "if (a_b == readOnlyFile) return 0xff1e;",
                                 "HTTPServer2 _init__ __ 9lives ab abc \xc3\xa4rger done",
                                 "readOnlyFile readOnlyFile reads reading", std::string(500, 'a'),
                                 "aB_cD_eF_gH_iJ_kL_mN_oP_qR_sT veryLong", "1.5e10 a1 a12b _"};
    TermCache cache;
    size_t terms = 0;
    for (int round = 0; round < 2; ++round) {
      for (const std::string& text : texts) {
        for (const TermKind kind : {TermKind::word, TermKind::symbol}) {
          std::vector<Term> plain, cached;
          add_terms(text, plain, kind);
          cache.add(text, cached, kind);
          CAPTURE(text);
          CHECK(plain == cached);
          terms += plain.size();
        }
      }
    }
    CHECK(terms > 100);
  }
}

#include "pipeline/base/ids.h"

#include <doctest/doctest.h>

#include <array>

#include "pipeline/base/effect.h"
#include "pipeline/base/ticket.h"

namespace triage {
namespace {

Ticket sample_ticket() {
  Ticket ticket;
  ticket.key = {"shop", "5120"};
  ticket.subject = RawText("Totals are off");
  ticket.body = RawText("By a cent.");
  Comment comment;
  comment.body = RawText("Since Tuesday.");
  ticket.comments.push_back(comment);
  Attachment attachment;
  attachment.name = "server.log";
  attachment.text = RawText("AssertionError");
  ticket.attachments.push_back(attachment);
  return ticket;
}

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("ids: a run's id follows from ticket, revision and attempt, today and tomorrow") {
    const TicketKey key{"shop", "5120"};
    const std::string id = run_id_for(key, "r1");
    CHECK(id == "31DZQZ7JPR");  // stored rows depend on it
    CHECK(run_id_for(key, "r1", 0) == id);
    CHECK(run_id_for(key, "r2") != id);
    CHECK(run_id_for(key, "r1", 1) != id);
    CHECK(run_id_for({"shop", "512"}, "0r1") != id);
    CHECK(run_id_for({"shop5", "120"}, "r1") != id);
  }

  TEST_CASE("ids: an effect's id follows from run and kind") {
    const std::string id = op_id_for("31DZQZ7JPR", "post_note");
    CHECK(id == op_id_for("31DZQZ7JPR", "post_note"));
    CHECK(id != op_id_for("31DZQZ7JPR", "push_branch"));
    CHECK(id.size() == 16);
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(effect_marker(id) == "<!-- triage:op=" + id + " -->");
  }

  TEST_CASE("ids: a slug is lower-case letters, digits and single dashes") {
    struct Row {
      std::string_view text;
      size_t max;
      std::string_view slug;
    };
    static constexpr std::array kRows{
        Row{"Apply discounts before rounding", 40, "apply-discounts-before-rounding"},
        Row{"Apply discounts before rounding", 16, "apply-discounts"},
        Row{"  --Ä  Cart & Co.lock ", 40, "cart-co-lock"},
        Row{"../../etc/passwd", 40, "etc-passwd"},
        Row{"@{-1}~^:?*[\\", 40, "1"},
        Row{"", 40, "ticket"},
        Row{"🎟🎟", 40, "ticket"},
        Row{"a\nb\tc\x01" "d", 40, "a-b-c-d"},
    };
    for (const Row& row : kRows) {
      CAPTURE(row.text);
      CHECK(slug(row.text, row.max) == row.slug);
    }
  }

  TEST_CASE("ticket: the revision changes with the customer's words and with nothing else") {
    const Ticket ticket = sample_ticket();
    const std::string revision = content_revision(ticket);
    const auto with = [&](auto change) {
      Ticket other = sample_ticket();
      change(other);
      return content_revision(other);
    };
    CHECK(revision == content_revision(sample_ticket()));
    CHECK(with([](Ticket& t) { t.subject = RawText("Totals"); }) != revision);
    CHECK(with([](Ticket& t) { t.body = RawText("By two."); }) != revision);
    CHECK(with([](Ticket& t) { t.comments.emplace_back(); }) != revision);
    CHECK(with([](Ticket& t) { t.attachments[0].text = RawText("x"); }) != revision);
    CHECK(with([](Ticket& t) { t.attachments[0].name = "x"; }) != revision);
    CHECK(with([](Ticket& t) { t.labels = {"bug"}; }) == revision);
    CHECK(with([](Ticket& t) { t.open = false; t.assigned = true; }) == revision);
    CHECK(with([](Ticket& t) { t.updated_at += Milliseconds(1); }) == revision);
    CHECK(with([](Ticket& t) {
            Comment note;
            note.internal = true;
            note.body = RawText("our own note");
            t.comments.push_back(note);
          }) == revision);
  }

  TEST_CASE("ticket and effect: survive the way to JSON and back") {
    const Ticket ticket = sample_ticket();
    const auto read = from_json<Ticket>(to_json(ticket));
    REQUIRE(read.ok());
    CHECK(to_json(*read) == to_json(ticket));
    CHECK(read->comments[0].body.raw() == "Since Tuesday.");

    Effect effect;
    effect.kind = EffectKind::push_branch;
    effect.changes = {{"a.py", "x = 1\n", true}, {"gone.py", std::nullopt, false}};
    const auto back = from_json<Effect>(to_json(effect));
    REQUIRE(back.ok());
    CHECK(back->kind == EffectKind::push_branch);
    CHECK(back->changes[0].executable);
    CHECK_FALSE(back->changes[1].content.has_value());
  }
}

}  // namespace triage

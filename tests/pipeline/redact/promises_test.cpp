#include "pipeline/redact/promises.h"

#include <doctest/doctest.h>

#include <array>

namespace triage::redact {
namespace {

constexpr std::string_view kTicket =
    "Totals are off since Tuesday. You said it will be fixed by Friday. I want a refund.";

}  // namespace

TEST_SUITE("promises") {
  TEST_CASE("promises: a sentence that promises is found, one that doesn't may stay") {
    for (const std::string_view sentence :
         {"This will be fixed by our team.", "We will fix this.", "We'll get it fixed soon.",
          "We are going to release a correction.", "It will be available shortly.",
          "We guarantee that it works.", "I promise.", "It is fixed in the next release.",
          "Our next version has it.", "You will get a refund.", "We will refund the difference.",
          "The amount is credited to your account.", "You'll be compensated.", "Here is a voucher.",
          "It has been fixed.", "This is now resolved.", "We\xe2\x80\x99ve fixed it.",
          "You will hear from us within 24 hours.", "Expect it by tomorrow.", "By Friday at the latest.",
          "It ends on 3 December.", "By December 3 you have it.", "We deploy on 2026-12-01.",
          "It will work again.", "This won't happen again.", "We do it as soon as possible.",
          "It is done this week.", "We definitely found it.", "WE WILL FIX IT.",
          "Das wird behoben.", "Wir garantieren das.", "Sie erhalten eine Gutschrift.",
          "Bis Freitag ist es erledigt.", "Das kommt in der n\xc3\xa4" "chsten Version.",
          "Wir werden es bald beheben.", "Innerhalb von zwei Tagen."})
      CHECK_FALSE_MESSAGE(promise_in(sentence).empty(), sentence);
    for (const std::string_view sentence :
         {"Thanks for the clear example.", "We believe we found the reason.", "Is this what you meant?",
          "We'll confirm once it has been reviewed.", "We will look into it and write to you.",
          "Which version do you use?", "Totals are off by a cent since Tuesday.",
          "Codes end at midnight UTC.", "The total is 53.97.", "Does it happen every time?",
          "Does it happen on Windows 11 as well?", "The setting is on the page Billing.",
          "We saw 3 items in your cart.", "A change is being reviewed.", "This fixed price is a compromise.",
          "Vielen Dank f\xc3\xbcr das Beispiel.", "Haben wir Sie richtig verstanden?"})
      CHECK_MESSAGE(promise_in(sentence).empty(), sentence, " → ", promise_in(sentence));
  }

  TEST_CASE("promises: the sentence goes, the others stay as they are") {
    struct Row {
      std::string_view note, stays;
      std::size_t dropped;
    };
    for (const Row& row :
         {Row{"Thanks! It will be fixed tomorrow. Is this what you meant?", "Thanks! Is this what you meant?", 1},
          Row{"We will fix it.", "", 1}, Row{"", "", 0},
          Row{"The total is 53.97.\nWe guarantee it.\nThanks.", "The total is 53.97.\n\nThanks.", 1},
          Row{"You wrote \"I want a refund\": for which order?", "You wrote \"I want a refund\": for which order?", 0},
          Row{"You wrote \"it will be fixed by Friday.\" Who said so?", "You wrote \"it will be fixed by Friday.\" Who said so?", 0},
          Row{"We say \"you get a refund now\": yes.", "", 1},
          Row{"A \"I want a refund\" and we will fix it.", "", 1}}) {
      CAPTURE(row.note);
      const Unpromised out = without_promises(row.note, kTicket);
      CHECK(out.text == row.stays);
      CHECK(out.dropped == row.dropped);
    }
  }
}

}  // namespace triage::redact

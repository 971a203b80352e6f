// Reads the record of a meeting or a call: who said what, in order.
//
// Understood are "Name: words" (with bullets, bold, times and roles around the name), times on
// lines of their own as subtitles have them, name and time above the words, and notes under
// headings such as "Attendees" and "Action items", in English and German. Speakers are named by
// placeholder or role where they have one, else by number. Pure, bounded, linear in the text; never
// fails.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace triage {

struct Speaker {
  std::string name;   // as it stands in the text; may be private
  std::string label;  // how we call them: "<PERSON_1>", "PM", "Speaker 2"
};

// Where in the record a turn stands.
enum class TurnPart { talk, attendees, decided, action, open };

struct Turn {
  std::optional<size_t> speaker;  // in Transcript::speakers
  std::string when;               // "00:12:03", as written; may be empty
  std::string text;               // on one line
  TurnPart part = TurnPart::talk;
};

struct Transcript {
  std::vector<Speaker> speakers;
  std::vector<Turn> turns;
};

// Nothing where the text is no conversation: two people must take turns, or notes have their
// headings.
std::optional<Transcript> read_transcript(std::string_view text);

}  // namespace triage

#include "pipeline/propose/asking.h"

#include <algorithm>
#include <array>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/wording.h"

namespace triage::propose {
namespace {

// What a ticket may lack: how we ask the customer for it, and how we tell colleagues.
struct Gap {
  std::string_view missing;  // as classify names it
  std::string_view question;
  std::string_view not_known;
  bool seen = false;  // only the customer has seen it
};
constexpr auto kGaps = std::to_array<Gap>({
    {"error message",
     "What exactly does the program say when it happens? The full text of the message, or a "
     "screenshot of it, would help us most.",
     "the exact error message", true},
    {"steps",
     "Could you tell us, step by step, what you did just before it happened, and what you expected "
     "to see instead?",
     "the steps that lead to it", true},
    {"expected",
     "What did you expect to see, and what did you see instead? One example with real numbers or "
     "names is enough.",
     "what the customer expected instead", true},
    {"version", "Which version do you use? It is usually shown under Help or Settings → About.",
     "which version the customer uses"},
    {"environment", "On which device, operating system or browser do you see this?",
     "the environment in which it happens"},
    {"time", "When did you first notice this, and does it happen every time?",
     "when it began and how often it happens"},
});

// Where nothing in particular is missing, or too much is.
constexpr std::string_view kOpenQuestion =
    "Could you give us one example: what you did, what you expected, and what happened instead? An "
    "exact message or a screenshot helps most.";
struct KindQuestion {
  TicketKind kind;
  std::string_view question;
};
constexpr std::array kKindQuestions{
    KindQuestion{TicketKind::feature,
                 "Could you describe one situation in which you would use this, and what you would "
                 "like to see then?"},
    KindQuestion{TicketKind::question,
                 "What would you like to achieve, and what have you tried so far?"}};

struct ForeignWords {
  std::string_view language, thanks, looking, question;
  std::string_view open, close, meant;  // around what we understood, and whether it is right
};
constexpr std::array kForeign{
    ForeignWords{"German", "Vielen Dank für Ihre Nachricht.", "Wir sehen uns das an.",
                 "Können Sie uns ein Beispiel geben: Was haben Sie getan, was haben Sie erwartet, "
                 "und was ist stattdessen passiert? Am meisten hilft der genaue Wortlaut einer "
                 "Meldung oder ein Bildschirmfoto.",
                 " Wir haben verstanden: „", "“ ", "Ist das so gemeint?"},
    ForeignWords{"French", "Merci pour votre message.", "Nous regardons cela.",
                 "Pourriez-vous nous donner un exemple : ce que vous avez fait, ce que vous "
                 "attendiez et ce qui s'est passé ? Le texte exact d'un message ou une capture "
                 "d'écran nous aiderait le plus.",
                 " Nous avons compris : « ", " » ", "Est-ce bien cela ?"},
    ForeignWords{"Spanish", "Gracias por su mensaje.", "Lo estamos revisando.",
                 "¿Podría darnos un ejemplo: qué hizo, qué esperaba y qué ocurrió? Lo que más "
                 "ayuda es el texto exacto de un mensaje o una captura de pantalla.",
                 " Hemos entendido: «", "» ", "¿Es eso lo que quería decir?"}};

struct Thanks {
  TicketKind kind;
  std::string_view words;
};
constexpr std::array kThanks{
    Thanks{TicketKind::bug, "Thank you for the report. We are looking into it."},
    Thanks{TicketKind::incident, "Thank you for letting us know. We are looking into it."},
    Thanks{TicketKind::complaint, "We are sorry for the trouble. We are looking into it."},
    Thanks{TicketKind::operations, "Thank you for telling us how it runs today."},
    Thanks{TicketKind::transcript, "Thank you for the record of the conversation."},
    Thanks{TicketKind::question, "Thank you for your question."},
    Thanks{TicketKind::feature, "Thank you for the suggestion. We pass it on to our engineers."},
    Thanks{TicketKind::billing,
           "Thank you for writing to us. We pass this on to the people who look after payments."}};
constexpr std::string_view kThanksToAll = "Thank you for writing to us.";
constexpr size_t kMaxQuoted = 200;

bool lacks(const Run& run, const Gap& gap) {
  const bool exact = run.retrieved && run.retrieved->trust == "exact";
  if (exact && (gap.missing == "steps" || gap.missing == "error message")) return false;
  return std::ranges::any_of(run.classification->missing, [&](const std::string& missing) {
    return missing.find(gap.missing) != std::string::npos;
  });
}

const Gap* first_gap(const Run& run) {
  const auto gap = std::ranges::find_if(kGaps, [&](const Gap& g) { return lacks(run, g); });
  return gap == kGaps.end() ? nullptr : &*gap;
}

const ForeignWords* foreign_words(const Run& run) {
  const std::string_view language = foreign_language(run.redaction->text.str());
  const auto words = std::ranges::find(kForeign, language, &ForeignWords::language);
  return words == kForeign.end() ? nullptr : &*words;
}

}  // namespace

std::vector<std::string> gaps_of(const Run& run) {
  std::vector<std::string> out;
  // What is missing is told by English words, so of a foreign ticket it isn't known.
  if (foreign_words(run) != nullptr) return out;
  for (const Gap& gap : kGaps) {
    if (lacks(run, gap)) out.emplace_back(gap.not_known);
  }
  return out;
}

std::string question_for(const Run& run) {
  if (const ForeignWords* foreign = foreign_words(run)) return std::string(foreign->question);
  if (const Gap* gap = first_gap(run)) return std::string(gap->question);
  const auto row = std::ranges::find(kKindQuestions, run.classification->kind, &KindQuestion::kind);
  return std::string(row == kKindQuestions.end() ? kOpenQuestion : row->question);
}

std::string words_for_customer(const Run& run, const Draft& draft) {
  const ForeignWords* foreign = foreign_words(run);
  if (!draft.question.empty())
    return std::string(foreign != nullptr ? foreign->thanks : kThanksToAll) + " " + draft.question;
  std::string understood;
  if (!draft.understood.empty()) {
    const std::string& said = draft.understood.front();
    understood = truncate_utf8(said, kMaxQuoted);
    if (understood.size() < said.size()) understood += "…";
  }
  const auto meant = [&](std::string_view open, std::string_view close, std::string_view question) {
    return understood.empty()
               ? std::string()
               : std::string(open) + understood + std::string(close) + std::string(question);
  };
  if (foreign != nullptr) {
    return std::string(foreign->thanks) + " " + std::string(foreign->looking) +
           meant(foreign->open, foreign->close, foreign->meant);
  }
  const auto thanks = std::ranges::find(kThanks, run.classification->kind, &Thanks::kind);
  std::string text(thanks == kThanks.end() ? kThanksToAll : thanks->words);
  if (draft.reproduction) {
    text =
        "Thank you for the clear example. It lets us try this ourselves, and we are looking into "
        "it.";
  }
  text += meant(" We understood: “", "” ", "Is this what you meant?");
  // Only what the customer has seen is worth their time; we can find out the rest.
  const Gap* gap = first_gap(run);
  const bool ask = run.classification->kind == TicketKind::bug && gap != nullptr && gap->seen &&
                   !draft.reproduction;
  return text + (ask ? " One thing would help us: " + std::string(gap->question) : "");
}

}  // namespace triage::propose

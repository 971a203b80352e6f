#include "pipeline/classify/features.h"

namespace triage::classify {

// clang-format off
std::span<const PhraseRule> phrase_rules() {
  using enum TicketKind;
  static constexpr PhraseRule kRules[] = {
    // ---- bug ----
    {"bug", bug, 1.2, true}, {"bug report", bug, 0.8}, {"the bug", bug, 0.5}, {"this bug", bug, 0.6}, {"crash", bug, 1.0}, {"crashes", bug, 1.1}, {"crashed", bug, 1.0},
    {"crashing", bug, 1.0}, {"exception", bug, 0.9}, {"traceback", bug, 1.2}, {"segfault", bug, 1.5}, {"segmentation fault", bug, 1.5}, {"stack trace", bug, 0.8},
    {"error message", bug, 0.5}, {"fails", bug, 0.7}, {"failed", bug, 0.3}, {"failure", bug, 0.7}, {"failing", bug, 0.7}, {"error", bug, 0.2}, {"error", bug, 0.5, true},
    {"cannot", bug, 0.5, true}, {"can't", bug, 0.3, true}, {"broken", bug, 1.0}, {"regression", bug, 1.2}, {"wrong", bug, 0.7}, {"incorrect", bug, 0.9}, {"incorrectly", bug, 0.9},
    {"invalid", bug, 0.5}, {"unexpected", bug, 0.6}, {"not working", bug, 0.6}, {"does not work", bug, 0.6}, {"doesn't work", bug, 0.6}, {"stopped working", bug, 1.1},
    {"no longer works", bug, 1.1}, {"no longer", bug, 0.4}, {"used to work", bug, 1.0}, {"works in", bug, 0.3}, {"steps to reproduce", bug, 0.7}, {"repro", bug, 0.5}, {"reproducible", bug, 0.4},
    {"reproducer", bug, 0.5}, {"expected behavior", bug, 0.4}, {"actual behavior", bug, 0.6}, {"current behavior", bug, 0.4}, {"memory leak", bug, 1.3}, {"deadlock", bug, 1.2}, {"hangs", bug, 1.0}, {"freezes", bug, 1.0},
    {"null pointer", bug, 1.2}, {"assertion", bug, 0.8}, {"overflow", bug, 0.7}, {"nan", bug, 0.5}, {"undefined", bug, 0.4}, {"off by", bug, 1.2}, {"typo", bug, 0.6}, {"missing", bug, 0.2}, {"after update", bug, 0.6},
    {"after the update", bug, 0.7}, {"since the update", bug, 0.8}, {"since the last", bug, 0.7}, {"blank page", bug, 1.0}, {"white screen", bug, 1.0}, {"data loss", bug, 1.0}, {"race", bug, 0.7}, {"flaky", bug, 0.9}, {"too low", bug, 0.8}, {"too high", bug, 0.8}, {"no longer match", bug, 0.8}, {"not accepted", bug, 0.7}, {"does not change", bug, 0.7},
    {"fehler", bug, 0.8}, {"fehlermeldung", bug, 0.8}, {"falsch", bug, 0.9}, {"funktioniert nicht", bug, 1.0}, {"stimmt nicht", bug, 0.9}, {"stimmen die", bug, 0.4}, {"geht nicht", bug, 0.8}, {"nicht mehr", bug, 0.6}, {"erreur", bug, 0.9}, {"ne fonctionne pas", bug, 1.0}, {"ne peux plus", bug, 0.9}, {"no funciona", bug, 1.0}, {"intermittent", bug, 0.6},
    // ---- feature ----
    {"feature request", feature, 1.8}, {"feature", feature, 1.3, true}, {"the feature", feature, 0.6}, {"this feature", feature, 0.7}, {"please add", feature, 1.8}, {"would be great", feature, 1.4}, {"would be nice", feature, 1.5}, {"be nice", feature, 0.6},
    {"would be useful", feature, 1.4}, {"would be helpful", feature, 1.2}, {"would love", feature, 1.1}, {"it would be", feature, 0.9}, {"this would", feature, 0.7}, {"would like", feature, 0.4}, {"i'd like", feature, 0.5}, {"you'd like", feature, 0.4},
    {"add", feature, 1.2, true}, {"allow", feature, 1.2, true}, {"allow", feature, 0.5}, {"support", feature, 1.0, true}, {"support for", feature, 0.6}, {"implement", feature, 0.9, true}, {"enhancement", feature, 1.2}, {"improve", feature, 1.0, true}, {"proposal", feature, 1.2},
    {"proposed", feature, 0.6}, {"suggestion", feature, 1.2}, {"suggest", feature, 0.5}, {"request", feature, 0.6, true}, {"option to", feature, 0.9}, {"ability to", feature, 0.9}, {"a way to", feature, 0.5}, {"possible to add", feature, 1.2}, {"motivation", feature, 0.7},
    {"use case", feature, 0.5}, {"alternatives", feature, 0.5}, {"wish", feature, 0.6}, {"wishlist", feature, 1.5}, {"provide", feature, 0.7, true}, {"make", feature, 0.5, true}, {"rfc", feature, 1.0, true}, {"something like", feature, 0.3}, {"it'd be", feature, 1.0}, {"who will benefit", feature, 0.8}, {"optional", feature, 0.4, true}, {"new", feature, 0.5, true}, {"customize", feature, 0.6}, {"configurable", feature, 0.8},
    {"roadmap", feature, 0.7}, {"integrate with", feature, 0.7}, {"missing feature", feature, 1.5}, {"currently", feature, 0.25}, {"could you add", feature, 1.8}, {"can you add", feature, 1.8}, {"we need", feature, 0.3}, {"wäre schön", feature, 1.4}, {"wäre es möglich", feature, 1.2}, {"serait possible", feature, 1.2}, {"sería posible", feature, 1.2},
    // ---- question ----
    {"how", question, 1.0, true}, {"how to", question, 0.7}, {"how do i", question, 1.4}, {"how can i", question, 1.4}, {"how do you", question, 0.9}, {"how should", question, 0.9}, {"can i", question, 0.7}, {"is there a way", question, 0.8}, {"is it possible", question, 0.7},
    {"is there any", question, 0.6}, {"what is", question, 0.4}, {"what is the difference", question, 1.3}, {"why does", question, 0.5}, {"why", question, 0.6, true}, {"why is", question, 0.5}, {"question", question, 1.4, true}, {"question", question, 0.5}, {"my question", question, 1.2},
    {"i want to", question, 0.5}, {"i am trying to", question, 0.7}, {"i'm trying to", question, 0.6}, {"trying to", question, 0.3}, {"i tried", question, 0.4}, {"i have tried", question, 0.5}, {"tried", question, 0.2}, {"i need to", question, 0.4}, {"need help", question, 1.2}, {"help", question, 0.8, true}, {"please help", question, 0.9}, {"help me", question, 0.9},
    {"any idea", question, 0.8}, {"any ideas", question, 0.8}, {"any help", question, 0.8}, {"thanks in advance", question, 0.7}, {"could someone", question, 0.8}, {"can someone", question, 0.8}, {"can anyone", question, 0.8}, {"does anyone", question, 0.8}, {"wondering", question, 0.7}, {"confused", question, 0.7}, {"documentation", question, 0.2},
    {"where can i", question, 1.2}, {"where do i", question, 1.2}, {"what does", question, 0.5}, {"should i", question, 0.8}, {"stackoverflow", question, 0.6}, {"am i", question, 0.7}, {"issue with", question, 0.4, true}, {"problem with", question, 0.4, true}, {"when i", question, 0.2}, {"which version should", question, 1.0}, {"do you support", question, 0.9}, {"do you know", question, 0.7}, {"explain", question, 0.6}, {"clarify", question, 0.9}, {"usage", question, 0.4, true}, {"wie kann ich", question, 1.2}, {"comment puis", question, 1.0}, {"cómo puedo", question, 1.2},
    // ---- complaint ----
    {"unacceptable", complaint, 2.0}, {"disappointed", complaint, 1.8}, {"disappointing", complaint, 1.6}, {"frustrated", complaint, 1.6}, {"frustrating", complaint, 1.2}, {"ridiculous", complaint, 1.8}, {"terrible", complaint, 1.6}, {"horrible", complaint, 1.6}, {"worst", complaint, 1.6}, {"useless", complaint, 1.5}, {"fed up", complaint, 2.0}, {"angry", complaint, 1.5},
    {"waste of time", complaint, 1.8}, {"waste of", complaint, 1.0}, {"no response", complaint, 0.15}, {"nobody answers", complaint, 1.8}, {"still waiting", complaint, 1.3}, {"third time", complaint, 1.4}, {"complaint", complaint, 2.2}, {"cancel my", complaint, 1.0}, {"lawyer", complaint, 1.2}, {"poor service", complaint, 2.0}, {"never works", complaint, 1.2}, {"joke", complaint, 0.8}, {"sick of", complaint, 1.6}, {"not happy", complaint, 1.5}, {"unhappy", complaint, 1.5}, {"annoying", complaint, 0.5},
    // ---- incident ----
    {"outage", incident, 2.5}, {"is down", incident, 1.8}, {"site is down", incident, 2.2}, {"are down", incident, 1.8}, {"went down", incident, 1.8}, {"all users", incident, 1.2}, {"all customers", incident, 1.8}, {"everyone is affected", incident, 2.0}, {"nobody can", incident, 1.8}, {"no one can", incident, 1.8}, {"production is", incident, 1.3}, {"production down", incident, 2.5}, {"unreachable", incident, 1.0},
    {"503", incident, 0.8}, {"502", incident, 0.8}, {"service unavailable", incident, 1.2}, {"since this morning", incident, 0.8}, {"emergency", incident, 1.5}, {"data breach", incident, 2.5}, {"security breach", incident, 2.5}, {"hacked", incident, 2.0}, {"urgent", incident, 0.7}, {"asap", incident, 0.4}, {"sev1", incident, 2.5}, {"p1", incident, 1.2, true}, {"blocked all", incident, 1.2}, {"completely down", incident, 2.5}, {"can't log in", incident, 0.6}, {"cannot log in", incident, 0.6},
    // ---- billing ----
    {"invoice", billing, 2.2}, {"invoices", billing, 2.0}, {"refund", billing, 2.5}, {"refunded", billing, 2.0}, {"charged", billing, 2.0}, {"charge", billing, 1.2}, {"charged twice", billing, 2.5}, {"billing", billing, 2.2}, {"payment", billing, 1.3}, {"payments", billing, 1.0}, {"subscription", billing, 1.2}, {"credit card", billing, 1.2}, {"receipt", billing, 0.8}, {"vat", billing, 1.2}, {"price", billing, 0.6}, {"pricing", billing, 0.4}, {"upgrade my plan", billing, 1.8}, {"my plan", billing, 1.0}, {"overcharged", billing, 2.5}, {"cancel my subscription", billing, 2.5}, {"bank account", billing, 0.8}, {"direct debit", billing, 1.5}, {"rechnung", billing, 1.5}, {"erstattung", billing, 2.0}, {"facture", billing, 1.5}, {"remboursement", billing, 2.0}, {"factura", billing, 1.5},
    // ---- spam ----
    {"seo", spam, 1.8}, {"backlinks", spam, 2.5}, {"guest post", spam, 2.5}, {"casino", spam, 2.5}, {"viagra", spam, 3.5}, {"lottery", spam, 2.5}, {"you have won", spam, 3.0}, {"click here", spam, 1.2}, {"unsubscribe", spam, 0.8}, {"earn money", spam, 2.5}, {"make money", spam, 2.0}, {"work from home", spam, 1.5}, {"crypto investment", spam, 3.0}, {"investment opportunity", spam, 2.8}, {"rank your website", spam, 3.0}, {"first page of google", spam, 3.0}, {"increase your traffic", spam, 2.5}, {"dear sir madam", spam, 1.0}, {"inheritance", spam, 0.8}, {"million dollars", spam, 2.2}, {"limited time offer", spam, 2.2}, {"buy now", spam, 1.8}, {"act now", spam, 1.8}, {"100 free", spam, 1.5}, {"loan offer", spam, 2.5}, {"cheap pills", spam, 3.5}, {"web design services", spam, 2.5},
    // ---- operations ----
    {"our process", operations, 1.8}, {"the process takes", operations, 1.6}, {"manual process", operations, 2.0}, {"approval process", operations, 2.2}, {"onboarding process", operations, 1.8}, {"ordering process", operations, 1.6}, {"return process", operations, 1.6}, {"our workflow", operations, 1.6}, {"our procedure", operations, 2.0}, {"procedure", operations, 0.4, true}, {"workflow", operations, 0.3, true}, {"who approves", operations, 2.2}, {"waiting for approval", operations, 1.6}, {"sign off", operations, 1.2}, {"hand over", operations, 1.0}, {"handover", operations, 1.6}, {"who is responsible", operations, 1.8}, {"responsible for", operations, 0.4},
    {"by hand", operations, 0.8}, {"retype", operations, 1.6}, {"re type", operations, 1.4}, {"copy and paste", operations, 0.3}, {"spreadsheet", operations, 0.8}, {"on paper", operations, 1.2}, {"print out", operations, 0.5}, {"by fax", operations, 1.2}, {"our team has to", operations, 1.4}, {"my team has to", operations, 1.4}, {"we have to call", operations, 1.6}, {"every order", operations, 0.6}, {"every request", operations, 0.3}, {"every morning", operations, 0.9}, {"every month", operations, 0.6}, {"on call", operations, 0.9}, {"rota", operations, 1.2}, {"shift", operations, 0.2}, {"escalation", operations, 1.4}, {"escalate", operations, 0.8}, {"checklist", operations, 0.7}, {"back office", operations, 1.6}, {"warehouse", operations, 0.7}, {"accounting department", operations, 1.4}, {"department", operations, 0.9}, {"handled by", operations, 0.2}, {"turnaround", operations, 1.2},
    {"ablauf", operations, 1.8}, {"unser prozess", operations, 1.8}, {"arbeitsablauf", operations, 2.2}, {"freigabe", operations, 1.4}, {"genehmigung", operations, 1.6}, {"von hand", operations, 1.4}, {"zuständig", operations, 1.4}, {"abteilung", operations, 1.2}, {"buchhaltung", operations, 0.9}, {"übergabe", operations, 1.4}, {"auf papier", operations, 1.2}, {"abtippen", operations, 1.6},
    // ---- transcript ----
    {"meeting notes", transcript, 2.6}, {"notes from the meeting", transcript, 2.6}, {"notes of the meeting", transcript, 2.6}, {"call notes", transcript, 2.6}, {"notes from the call", transcript, 2.6}, {"notes from our call", transcript, 2.6}, {"minutes of", transcript, 1.4, true}, {"meeting minutes", transcript, 2.4}, {"transcript", transcript, 1.6, true}, {"call transcript", transcript, 2.2}, {"meeting transcript", transcript, 2.2}, {"recording of", transcript, 0.4, true}, {"attendees", transcript, 1.6}, {"action items", transcript, 1.8}, {"agenda", transcript, 0.8}, {"kick off", transcript, 0.7, true}, {"workshop", transcript, 0.6, true}, {"call with", transcript, 0.8, true}, {"meeting with", transcript, 1.0, true}, {"interview with", transcript, 1.0, true},
    {"besprechung", transcript, 1.4}, {"besprechungsnotizen", transcript, 2.6}, {"protokoll", transcript, 1.4, true}, {"gesprächsnotiz", transcript, 2.6}, {"telefonnotiz", transcript, 2.6}, {"mitschrift", transcript, 2.4}, {"teilnehmer", transcript, 1.2}, {"beschlüsse", transcript, 1.2}, {"offene punkte", transcript, 1.2}, {"nächste schritte", transcript, 0.8},
  };
  return kRules;
}

std::span<const FeatureRule> feature_rules() {
  using enum TicketKind;
  static constexpr FeatureRule kRules[] = {
    {Feature::trace, bug, 1.6, "holds a stack trace"},
    {Feature::error_code, bug, 0.2, "names an error"},
    {Feature::version, bug, 0.1, "names a version"},
    {Feature::steps, bug, 0.3, "lists steps"},
    {Feature::expected_actual, bug, 0.5, "says what was expected and what happened"},
    {Feature::code_block, bug, 0.1, "quotes code"},
    {Feature::question_mark, question, 0.7, "the subject is a question"},
    {Feature::exclamations, complaint, 0.6, "many exclamation marks"},
    {Feature::capitals, complaint, 0.6, "written in capitals"},
    {Feature::many_links, spam, 0.8, "hardly more than links"},
    {Feature::conversation, transcript, 6.0, "people take turns in it"},
  };
  return kRules;
}

std::span<const SeverityRule> severity_rules() {
  static constexpr SeverityRule kRules[] = {
    {"outage", 3}, {"data loss", 3}, {"lost data", 3}, {"data breach", 3}, {"security breach", 3}, {"production down", 3}, {"production is down", 3}, {"site is down", 3}, {"completely down", 3}, {"all customers", 2}, {"all users", 2}, {"nobody can", 2}, {"no one can", 2}, {"emergency", 2}, {"sev1", 3}, {"hacked", 3}, {"vulnerability", 2},
    {"urgent", 1}, {"urgently", 1}, {"asap", 1}, {"critical", 1}, {"blocker", 1}, {"blocking", 1}, {"crash", 1}, {"crashes", 1}, {"corrupt", 1}, {"corrupted", 1}, {"is down", 1}, {"memory leak", 1}, {"losing money", 2}, {"charged twice", 1}, {"deadline", 1}, {"immediately", 1}, {"segfault", 1}, {"cannot log in", 1}, {"can't log in", 1},
    {"typo", -2}, {"minor", -2}, {"cosmetic", -2}, {"no rush", -2}, {"low priority", -2}, {"not urgent", -3}, {"nice to have", -2}, {"whenever you", -1}, {"small thing", -2},
  };
  return kRules;
}
// clang-format on

}  // namespace triage::classify

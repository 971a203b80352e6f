// How the parts of a Run are written to and read from JSON (see base/codec.h).
#pragma once

#include "pipeline/run.h"

namespace triage {

template <class V>
void describe(V& v, Classification& c) {
  v("kind", c.kind), v("p", c.p), v("labels", c.labels), v("why", c.why), v("severity", c.severity);
  v("missing", c.missing), v("vague", c.vague), v("skip_reason", c.skip_reason);
}
template <class V>
void describe(V& v, RedactedSpan& s) {
  v("field", s.field), v("start", s.start), v("end", s.end), v("kind", s.kind), v("rule", s.rule);
  v("placeholder", s.placeholder);
}
template <class V>
void describe(V& v, Redaction& r) {
  v("subject", r.subject), v("body", r.body), v("comments", r.comments);
  v("attachments", r.attachments), v("text", r.text), v("spans", r.spans), v("vault", r.vault);
  v("instruction", r.instruction);
}
template <class V>
void describe(V& v, LastChange& l) {
  v("commit", l.commit), v("author", l.author), v("summary", l.summary), v("time", l.time);
}
template <class V>
void describe(V& v, RecentChange& r) {
  v("change", r.change), v("start", r.start), v("end", r.end);
}
template <class V>
void describe(V& v, Place& p) {
  v("path", p.path), v("start", p.start), v("end", p.end), v("symbol", p.symbol);
  v("score", p.score), v("why", p.why), v("excerpt", p.excerpt), v("last_change", p.last_change);
  v("recent_change", p.recent_change);
}
template <class V>
void describe(V& v, SimilarTicket& s) {
  v("key", s.key), v("subject", s.subject), v("url", s.url), v("score", s.score);
  v("fixed_by", s.fixed_by), v("why", s.why);
}
template <class V>
void describe(V& v, Retrieved& r) {
  v("branch", r.branch), v("commit", r.commit), v("stale", r.stale), v("trust", r.trust);
  v("places", r.places), v("traces", r.traces), v("context", r.context), v("similar", r.similar);
  v("files", r.files), v("search_ms", r.search_ms), v("exchanges", r.exchanges);
  v("warning", r.warning);
}
template <class V>
void describe(V& v, StepResult& s) {
  v("name", s.name), v("command", s.command), v("exit", s.exit), v("took_ms", s.took);
  v("log", s.log);
}
template <class V>
void describe(V& v, TestChanges& t) {
  v("fixed", t.fixed), v("broken", t.broken), v("still_failing", t.still_failing);
  v("passed_before", t.passed_before), v("passed_after", t.passed_after);
}
template <class V>
void describe(V& v, Verification& r) {
  v("proof", r.proof), v("steps", r.steps), v("tests", r.tests), v("policy", r.policy);
  v("changes", r.changes), v("diff", r.diff), v("why", r.why), v("red", r.red);
  v("red_reason", r.red_reason), v("flaky", r.flaky), v("reproduced", r.reproduced);
}
template <class V>
void describe(V& v, Evidence& e) {
  v("kind", e.kind), v("path", e.path), v("start", e.start), v("end", e.end);
  v("commit", e.commit), v("text", e.text);
}
template <class V>
void describe(V& v, Hunk& h) {
  v("before", h.before), v("after", h.after), v("line_hint", h.line_hint);
}
template <class V>
void describe(V& v, Edit& e) {
  v("path", e.path), v("hunks", e.hunks), v("content", e.content), v("remove", e.remove);
}
template <class V>
void describe(V& v, Reproduction& r) {
  v("language", r.language), v("code", r.code), v("test_path", r.test_path);
}
template <class V>
void describe(V& v, ModelExchange& e) {
  v("model", e.model), v("endpoint", e.endpoint), v("request_sha256", e.request_sha256);
  v("answer_sha256", e.answer_sha256), v("input_tokens", e.input_tokens);
  v("output_tokens", e.output_tokens), v("cached_tokens", e.cached_tokens), v("cost", e.cost), v("took_ms", e.took), v("error", e.error);
  v("priced", e.priced);
}
template <class V>
void describe(V& v, AgentEvent& e) {
  v("by", e.by), v("what", e.what), v("detail", e.detail), v("exit", e.exit);
}
template <class V>
void describe(V& v, TimelineEvent& e) {
  v("what", e.what), v("when", e.when), v("evidence", e.evidence);
}
template <class V>
void describe(V& v, Draft& d) {
  v("kind", d.kind), v("made_by", d.made_by), v("by_model", d.by_model), v("headline", d.headline);
  v("cause", d.cause), v("confidence", d.confidence), v("evidence", d.evidence);
  v("understood", d.understood), v("assumed", d.assumed), v("not_known", d.not_known);
  v("out_of_scope", d.out_of_scope), v("question", d.question), v("customer_note", d.customer_note);
  v("acceptance", d.acceptance), v("title", d.title), v("change", d.change), v("edits", d.edits);
  v("reproduction", d.reproduction), v("problems", d.problems), v("exchanges", d.exchanges);
  v("timeline", d.timeline), v("mermaid", d.mermaid), v("steps", d.steps);
  v("requirements", d.requirements), v("disagreements", d.disagreements);
  v("undecided", d.undecided), v("events", d.events), v("struck", d.struck);
  v("rounds", d.rounds), v("stopped_by", d.stopped_by), v("verified", d.verified);
}
template <class V>
void describe(V& v, Risk& r) {
  v("score", r.score), v("level", r.level), v("reasons", r.reasons);
}
template <class V>
void describe(V& v, Publication& p) {
  v("ending", p.ending), v("risk", p.risk), v("effects", p.effects), v("statement", p.statement);
}

}  // namespace triage

// The Linux kernel's own reports: an oops, a warning, lockdep's, KASAN's.
//   BUG: kernel NULL pointer dereference, address: 0000000000000008
//   RIP: 0010:amdgpu_vm_sdma_commit+0x46/0x120 [amdgpu]           where it broke
//   Call Trace:
//    <IRQ> [<ffffffff81656735>] ? dump_stack+0x19/0x1b [module]
//    ext4_find_entry (fs/ext4/namei.c:1456)                       with places decoded
// Function and offset are all there is, so the path stays empty.
#include <algorithm>
#include <array>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kGap = 40;  // registers, code bytes, lists of locks between two stacks

// What prints the report is not where the fault is.
bool is_reporter(std::string_view function) {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"dump_stack",     "show_stack",   "warn_slowpath",
                                       "__warn",         "report_bug",   "panic",
                                       "oops_end",       "die",          "print_",
                                       "lockdep_rcu",    "show_trace",   "dump_trace",
                                       "ret_from_",      "asm_exc_",     "asm_",
                                       "entry_SYSCALL",  "system_call",  "unwind_backtrace",
                                       "__dump_stack",   "__die",        "do_syscall_",
                                       "x86_64_sys",     "__do_sys_",    "kasan_",
                                       "__kasan",        "lock_acquire", "__lock_acquire",
                                       "no_context",     "page_fault",   "do_page_fault",
                                       "exc_page_fault", "kthread"});
  return std::ranges::any_of(kNames, [&](auto name) { return function.starts_with(name); });
}

bool is_symbol(std::string_view name) {
  return !name.empty() && name.size() < 200 && !is_digit(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_word(c) || c == '.'; });
}

// "name+0x46/0x120 [module]" or "name (fs/x.c:12)", with what stands before it.
std::optional<Frame> kernel_frame(std::string_view line) {
  bool address = false;
  for (const std::string_view mark :
       {"<IRQ>", "<NMI>", "<TASK>", "<EOI>", "<#DF>", "</IRQ>", "</NMI>", "</TASK>"}) {
    if (take(line, mark)) line = trim(line);
  }
  if (take(line, "[<")) {
    const size_t close = line.find(">]");
    if (close == line.npos) return std::nullopt;
    line = trim(line.substr(close + 2));
    address = true;
  }
  for (const std::string_view mark :
       {"RIP: 0010:", "RIP:", "PC is at ", "LR is at ", "pc : ", "EIP: "}) {
    if (take(line, mark)) address = true, line = trim(line);
  }
  if (take(line, "[<")) line = trim(line.substr(std::min(line.find(">]") + 2, line.size())));
  take(line, "? ");
  take(line, "(");
  const size_t plus = line.find("+0x");
  if (plus != line.npos && is_symbol(line.substr(0, plus))) {
    std::string_view rest = line.substr(plus + 1);
    const bool sized = take_hex(rest) && take(rest, "/") && take_hex(rest);
    if (!sized && !address) return std::nullopt;
    return Frame{"", 0, std::string(line.substr(0, plus)), !is_reporter(line)};
  }
  const size_t open = line.find(" (");
  if (open != line.npos && is_symbol(line.substr(0, open)) && line.find(')') != line.npos) {
    auto frame = place(before(line.substr(open + 2), ")"));
    if (frame && (frame->path.ends_with(".c") || frame->path.ends_with(".h") ||
                  frame->path.ends_with(".S"))) {
      frame->function = line.substr(0, open);
      frame->in_app = !is_reporter(frame->function);
      return frame;
    }
  }
  // "[<c0014b9c>] (unwind_backtrace) from": ARM.
  if (address && is_symbol(before(line, ")")))
    return Frame{"", 0, std::string(before(line, ")")), !is_reporter(line)};
  return std::nullopt;
}

// "WARNING: at net/ipv4/tcp_input.c:2776 f+0x1/0x2()", "kernel BUG at include/x.h:12!"
std::optional<Frame> place_in(std::string_view text) {
  const size_t at = text.find(" at ");
  if (at == text.npos) return std::nullopt;
  std::string_view where = before(before(text.substr(at + 4), " "), "!");
  auto frame = place(where);
  if (!frame || frame->path.find('.') == std::string::npos) return std::nullopt;
  if (const auto called = kernel_frame(trim(before(text.substr(at + 4 + where.size()), "()"))))
    frame->function = called->function;
  return frame;
}

std::optional<Trace> header_line(std::string_view line) {
  static constexpr auto kStarts = std::to_array<std::string_view>({"BUG: ",
                                                                   "[ BUG: ",
                                                                   "[ INFO: ",
                                                                   "INFO: ",
                                                                   "WARNING: at ",
                                                                   "WARNING: CPU: ",
                                                                   "WARNING: possible ",
                                                                   "WARNING: suspicious ",
                                                                   "kernel BUG at ",
                                                                   "Oops: ",
                                                                   "Oops - ",
                                                                   "general protection fault",
                                                                   "Kernel panic - not syncing: ",
                                                                   "Unable to handle kernel ",
                                                                   "Internal error: ",
                                                                   "watchdog: BUG: ",
                                                                   "divide error: ",
                                                                   "double fault: ",
                                                                   "invalid opcode: ",
                                                                   "rcu: INFO: ",
                                                                   "UBSAN: ",
                                                                   "BUG "});
  const auto start = std::ranges::find_if(kStarts, [&](auto s) { return line.starts_with(s); });
  if (start == kStarts.end()) return std::nullopt;
  std::string_view text = line;
  take(text, "[ ");
  if (text.ends_with(" ]")) text.remove_suffix(2);
  Trace trace{"c", std::string(before(before(text, ":"), " at ")), "", {}, {}};
  const size_t colon = text.find(": ");
  trace.message = message_text(colon == text.npos ? text : text.substr(colon + 2));
  if (auto frame = place_in(line)) keep(trace, std::move(*frame));
  return trace;
}

// "(&host->lock){-.-...}, at: [<bf054120>] mxs_mmc_enable_sdio_irq+0x18/0xdc": who holds a lock.
std::optional<Frame> holder(std::string_view line) {
  const size_t at = line.find(", at: [<");
  return at == line.npos ? std::nullopt : kernel_frame(line.substr(at + 6));
}

bool opens_stack(std::string_view text) {
  return text.starts_with("Call Trace:") || text.starts_with("Call trace:") ||
         text.starts_with("Backtrace:") || text.starts_with("stack backtrace:");
}

}  // namespace

std::optional<Found> read_kernel(const Lines& lines, size_t at, size_t) {
  const std::string_view first = lines[at].text;
  auto header = header_line(first);
  const auto begins = kernel_frame(first);
  if (!header && !opens_stack(first) && !begins) return std::nullopt;
  Trace trace = header ? std::move(*header) : Trace{"c", "", "", {}, {}};
  Found found{{}, at + 1};
  size_t stacked = 0;
  std::vector<Frame> holders;
  for (size_t i = header ? at + 1 : at, gap = 0; i < lines.size() && gap <= kGap; ++i) {
    const std::string_view text = lines[i].text;
    if (auto frame = kernel_frame(text)) {
      ++stacked;
      keep(trace, std::move(*frame));
      found.end = i + 1;
      gap = 0;
      continue;
    }
    // An oops says in several lines what it is; another report's first line ends this one.
    if (stacked > 0 && header_line(text) && !text.starts_with("INFO: ")) break;
    if (text.starts_with("---[ end trace")) break;
    if (auto frame = holder(text); frame && holders.size() < 20)
      holders.push_back(std::move(*frame));
    ++gap;
  }
  // Without a stack the holders of the locks are all there is.
  for (Frame& frame : holders) {
    if (stacked == 0) keep(trace, std::move(frame));
  }
  if (stacked > 1 || !trace.frames.empty()) found.traces.push_back(std::move(trace));
  return found;
}

}  // namespace triage::retrieval::traces

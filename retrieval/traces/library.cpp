// Which frames are a library's or the runtime's own: by where they lie and by what they are called.
#include <algorithm>
#include <array>

#include "retrieval/traces/scan_internal.h"

namespace triage::retrieval::traces {

namespace {

// Written as paths appear: directories between slashes, so that "mynode_modules" does not count.
constexpr auto kPaths = std::to_array<std::string_view>({"/site-packages/",
                                                         "/dist-packages/",
                                                         "/node_modules/",
                                                         "/usr/lib/",
                                                         "/usr/lib64/",
                                                         "/lib64/",
                                                         "/usr/include/",
                                                         "/usr/share/",
                                                         "/lib/x86_64-linux-gnu/",
                                                         "/lib/aarch64-linux-gnu/",
                                                         "/lib/python",
                                                         "/.cargo/",
                                                         "/rustc/",
                                                         "/cargo/registry/",
                                                         "/library/std/src/",
                                                         "/library/core/src/",
                                                         "/library/alloc/src/",
                                                         "/gems/",
                                                         "/vendor/bundle/",
                                                         "/vendor/",
                                                         "/go/pkg/mod/",
                                                         "/usr/local/go/",
                                                         "/golang/src/",
                                                         "/libexec/src/runtime/",
                                                         "/lib/ruby/",
                                                         "/System/Library/",
                                                         "/libstdc++",
                                                         "/glibc",
                                                         "/build/glibc",
                                                         "/compiler-rt/",
                                                         "/sysdeps/",
                                                         "/llvm-project/",
                                                         "/.pub-cache/",
                                                         "/flutter/packages/",
                                                         "/elixir/lib/",
                                                         "/deps/",
                                                         "/jre/",
                                                         "/perl5/",
                                                         "/share/perl/",
                                                         "/share/php/",
                                                         "/webpack/bootstrap",
                                                         "/.nuget/",
                                                         "/apex/",
                                                         "/system/framework/",
                                                         "/bower_components/"});

constexpr auto kPathStarts = std::to_array<std::string_view>(
    {"node:", "internal/", "<frozen ", "<internal:", "dart:", "package:flutter/", "native ",
     "[internal", "[native", "go/src/", "vg_replace_malloc", "chrome://", "resource://",
     "chrome-extension://", "moz-extension://", "ext:", "<__array_function__"});

constexpr auto kFunctions = std::to_array<std::string_view>({"java.",
                                                             "javax.",
                                                             "jdk.",
                                                             "sun.",
                                                             "com.sun.",
                                                             "kotlin.",
                                                             "kotlinx.",
                                                             "scala.",
                                                             "groovy.",
                                                             "jakarta.",
                                                             "org.spring",
                                                             "org.apache.",
                                                             "org.junit",
                                                             "org.hibernate",
                                                             "org.mortbay.",
                                                             "org.eclipse.jetty",
                                                             "io.netty.",
                                                             "reactor.core.",
                                                             "android.",
                                                             "androidx.",
                                                             "dalvik.",
                                                             "com.android.internal.",
                                                             "clojure.",
                                                             "akka.",
                                                             "System.",
                                                             "Microsoft.",
                                                             "UnityEngine.",
                                                             "runtime.",
                                                             "std::",
                                                             "core::",
                                                             "alloc::",
                                                             "anyhow::",
                                                             "eyre::",
                                                             "color_eyre::",
                                                             "backtrace::",
                                                             "rust_begin_unwind",
                                                             "rust_panic",
                                                             "__rust_",
                                                             "__libc_",
                                                             "__GI_",
                                                             "__interceptor_",
                                                             "__asan_",
                                                             "__sanitizer_",
                                                             "__assert_fail",
                                                             "_PyEval_",
                                                             "PyEval_",
                                                             "testing.tRunner",
                                                             "asyncio.",
                                                             "erl_eval",
                                                             ":erl_eval",
                                                             ":proc_lib",
                                                             ":gen_server",
                                                             "proc_lib:",
                                                             "gen_server:"});

}  // namespace

bool is_library(const Frame& frame) {
  std::string path = frame.path;
  std::ranges::replace(path, '\\', '/');
  const std::string_view p = path;
  const bool placed = std::ranges::any_of(kPaths, [&](std::string_view part) {
    return p.find(part) != p.npos || p.starts_with(part.substr(1));
  });
  if (placed || std::ranges::any_of(kPathStarts, [&](auto part) { return p.starts_with(part); }))
    return true;
  return std::ranges::any_of(kFunctions,
                             [&](auto prefix) { return frame.function.starts_with(prefix); });
}

}  // namespace triage::retrieval::traces

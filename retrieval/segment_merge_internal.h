// Makes one segment of several: the rows asked for, in the order asked for, and their lists.
//
// Terms are merged as a stream, one list at a time; memory holds the segment that is made, so the
// caller bounds the inputs. Which segments held a blob leaves no trace in the result.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "retrieval/segment_internal.h"

namespace triage::retrieval {

using Segments = std::vector<std::shared_ptr<const Segment>>;

// Where a blob lies in a list of segments.
struct BlobPlace {
  std::uint32_t segment = 0, blob = 0;
};

std::string merge_segments(const Segments& inputs, const std::vector<BlobPlace>& rows,
                           std::uint64_t parser);

}  // namespace triage::retrieval

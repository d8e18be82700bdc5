// The status line and headers of an answer.
#pragma once

#include <string>

#include "saltus/http/message.h"

namespace saltus {

// With the empty line; after it come the body, or the chunks of events. `keep`: the connection
// stays open.
std::string answer_head(const HttpAnswer& answer, bool keep);

}  // namespace saltus

// What the endpoints share: models, zoos, kept networks, and the limits on work.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "saltus/http/router.h"
#include "saltus/server/catalogue.h"
#include "saltus/server/client_watch.h"
#include "saltus/server/job_folder.h"
#include "saltus/server/network_refs.h"
#include "saltus/server/network_store.h"
#include "saltus/server/slots.h"
#include "saltus/server/update_queue.h"

namespace saltus {

struct ServiceConfig {
  std::vector<ServedPath> models, zoos, watched;
  std::string data;                        // folder of an image task's data; see task_of_generator
  int threads = 0;                         // 0: all cores
  std::string precision = "f32";           // of generators' products; or "bf16"
  int64_t queue = 256;                     // requests that may wait for a generator
  int64_t kept_bytes = int64_t{64} << 20;  // of networks in memory
};

struct Service {
  // Loads everything. Error for what is missing or damaged.
  Service(const ServiceConfig& config, Counters& counters);

  NetworkRefs refs(const ServedModel& model) { return {catalogue, networks, model}; }
  // Of a request's work: `threads` of its own, stopped when the client leaves.
  Job job(const ClientWatch::Guard& guard) const;

  Counters& counters;
  const int threads;
  const Catalogue catalogue;
  const std::vector<JobFolder> watched;
  NetworkStore networks;
  ClientWatch clients;
  UpdateQueue updates;
  Slots answers;    // what is computed and written at once: rollouts, tensors, uploads
  Slots measuring;  // of image tasks, which takes all threads
  Slots long_work;  // evaluations, optimisations
  Slots streams;    // that are only watched
};

// Adds all of the API, the page and /metrics to `router`; the service must outlive it.
void add_routes(Router& router, Service& service);

// One group of endpoints each; called by add_routes.
void add_page_routes(Router& router, Service& service);
void add_description_routes(Router& router, Service& service);
void add_zoo_routes(Router& router, Service& service);
void add_update_routes(Router& router, Service& service);
void add_measuring_routes(Router& router, Service& service);
void add_network_routes(Router& router, Service& service);
void add_rollout_routes(Router& router, Service& service);
void add_image_routes(Router& router, Service& service);
void add_watch_routes(Router& router, Service& service);

inline constexpr int64_t kLongestJson = int64_t{4} << 20;
inline constexpr int64_t kLongestUpload = int64_t{64} << 20;

// The "effort" of a request's measurements.
int64_t read_effort(ObjectReader& reader);

Route get_route(std::string pattern, HttpHandler handler, std::vector<std::string> query = {});
Route post_route(std::string pattern, HttpHandler handler);  // of JSON

}  // namespace saltus

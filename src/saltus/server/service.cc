#include "saltus/server/service.h"

#include "saltus/base/memory.h"
#include "saltus/network/device.h"

namespace saltus {
namespace {

std::vector<JobFolder> job_folders(const std::vector<ServedPath>& paths) {
  std::vector<JobFolder> folders;
  for (const ServedPath& path : paths) folders.emplace_back(path.id, path.path);
  return folders;
}

}  // namespace

Service::Service(const ServiceConfig& config, Counters& counted)
    : counters(counted),
      threads(thread_count({.threads = config.threads})),
      catalogue(config.models, config.zoos, config.data),
      watched(job_folders(config.watched)),
      networks(config.kept_bytes),
      updates(threads, config.queue, counted,
              product_type(config.precision, at::kCPU) == at::kBFloat16),
      answers("answers", 2 * threads, config.queue),
      measuring("measurements", 1, config.queue),
      long_work("evaluations and optimisations", 1, 16),
      streams("event streams", 64, 0) {
  counters.gauge("saltus_networks_kept", [this] { return static_cast<double>(networks.size()); });
  counters.gauge("saltus_networks_bytes", [this] { return static_cast<double>(networks.bytes()); });
  counters.gauge("saltus_resident_bytes",
                 [] { return static_cast<double>(resident_memory().all); });
}

Job Service::job(const ClientWatch::Guard& guard) const {
  return {.threads = threads, .stop = &guard.stop()};
}

int64_t read_effort(ObjectReader& reader) {
  constexpr int64_t kLot = 64;  // episodes that are simulated side by side
  const int64_t effort = reader.integer("effort", {kLot, 4096}, kLot);
  if (effort % kLot != 0) {
    bad_request("{}: expected a multiple of {}, found {}", reader.place("effort"), kLot, effort);
  }
  return effort;
}

Route get_route(std::string pattern, HttpHandler handler, std::vector<std::string> query) {
  return {.method = "GET",
          .pattern = std::move(pattern),
          .handler = std::move(handler),
          .query = std::move(query)};
}

Route post_route(std::string pattern, HttpHandler handler) {
  return {.method = "POST",
          .pattern = std::move(pattern),
          .handler = std::move(handler),
          .content_type = "application/json",
          .longest_body = kLongestJson};
}

void add_routes(Router& router, Service& service) {
  add_page_routes(router, service);
  add_description_routes(router, service);
  add_zoo_routes(router, service);
  add_update_routes(router, service);
  add_measuring_routes(router, service);
  add_network_routes(router, service);
  add_rollout_routes(router, service);
  add_image_routes(router, service);
  add_watch_routes(router, service);
}

}  // namespace saltus

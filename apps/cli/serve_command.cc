// saltus serve, and saltus watch, which is the same without generators.
#include <chrono>
#include <memory>
#include <thread>

#include "command.h"
#include "data_option.h"
#include "job_options.h"
#include "saltus/http/http_server.h"
#include "saltus/server/service.h"
#include "signals.h"

namespace saltus {
namespace {

constexpr const char* kServeExamples =
    "Examples:\n"
    "  saltus serve demo/generator --zoo demo/zoo\n"
    "  saltus serve digits=mnist/generator --data mnist/data --watch mnist/generator\n"
    "  saltus serve demo/generator --host 0.0.0.0 --allow-host box.example --token \"$TOKEN\"\n\n"
    "The API and its limits: docs/server.md and http://127.0.0.1:PORT/v1/openapi.json.\n";

constexpr const char* kWatchExamples =
    "Example:\n"
    "  saltus train --zoo zoo -o generator & saltus watch generator\n";

struct ServeArguments {
  std::vector<std::string> models, zoos, watched;
  ServiceConfig service;
  HttpConfig http;
  int64_t kept_megabytes = 64;
  int64_t grace = 10;
};

int serve(ServeArguments arguments) {
  if (arguments.models.empty() && arguments.zoos.empty() && arguments.watched.empty()) {
    throw UsageError("saltus serve: expected a generator, --zoo or --watch, found none");
  }
  const std::atomic<bool>& stop = stop_on_signals();
  arguments.service.models = name_paths(arguments.models);
  arguments.service.zoos = name_paths(arguments.zoos);
  arguments.service.watched = name_paths(arguments.watched);
  arguments.service.kept_bytes = arguments.kept_megabytes << 20;
  arguments.http.grace = std::chrono::seconds(arguments.grace);
  note_products({{"--precision", arguments.service.precision}}, {});
  Counters counters;
  Service service(arguments.service, counters);
  Router router;
  add_routes(router, service);
  HttpServer server(arguments.http, router, counters);
  // At once, for whoever waits for it through a pipe.
  fmt::print("saltus: serving on {}\n", server.address());
  std::fflush(stdout);
  while (!stop) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  server.stop();
  return 0;
}

void add_listening_options(CLI::App& command, ServeArguments& arguments) {
  command
      .add_option("--host", arguments.http.host,
                  "address to listen on; others than this machine's own need --token")
      ->capture_default_str();
  command.add_option("--port", arguments.http.port, "0: one that is free")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command
      .add_option("--token", arguments.http.access.token,
                  "secret that requests must bring, of 16 characters or more")
      ->envname("SALTUS_TOKEN");
  command
      .add_option("--allow-host", arguments.http.access.names,
                  "name under which the server is reached; may be given again")
      ->allow_extra_args(false);
  command.add_option("--grace", arguments.grace, "seconds that running requests get to end")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
}

}  // namespace

void add_serve_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "serve", "Offers generators to programs and browsers: an HTTP API and a page.");
  const auto arguments = std::make_shared<ServeArguments>();
  arguments->http.port = 8080;
  command->add_option("generators", arguments->models,
                      "folders of generators, or their files; NAME=PATH names them");
  command->add_option("--zoo", arguments->zoos, "zoo to offer; may be given again")
      ->allow_extra_args(false);
  command
      ->add_option("--watch", arguments->watched,
                   "folder of a training or zoo build to follow; may be given again")
      ->allow_extra_args(false);
  add_data_option(*command, arguments->service.data);
  add_listening_options(*command, *arguments);
  add_threads_option(*command, arguments->service.threads);
  command
      ->add_option("--precision", arguments->service.precision,
                   "of generators' matrix products: f32, or bf16, which is faster and rounds more")
      ->check(CLI::IsMember({"f32", "bf16"}))
      ->capture_default_str();
  command
      ->add_option("--queue", arguments->service.queue,
                   "requests that may wait for a generator; further ones are refused")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command
      ->add_option("--connections", arguments->http.connections,
                   "clients served at once; further ones wait")
      ->check(CLI::Range(4, 10000))
      ->capture_default_str();
  command
      ->add_option("--keep", arguments->kept_megabytes,
                   "megabytes of updated and uploaded networks kept")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->footer(kServeExamples);
  command->callback([&action, arguments] { action = [arguments] { return serve(*arguments); }; });
}

void add_watch_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "watch", "Shows trainings and zoo builds on a page as they go: serve --watch alone.");
  const auto arguments = std::make_shared<ServeArguments>();
  arguments->http.port = 8080;
  command->add_option("folders", arguments->watched, "folders of trainings or zoo builds")
      ->required();
  add_listening_options(*command, *arguments);
  command->footer(kWatchExamples);
  command->callback([&action, arguments] { action = [arguments] { return serve(*arguments); }; });
}

}  // namespace saltus

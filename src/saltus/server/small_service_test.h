// A whole server on the small cart-pole generator and zoo of tests/models, and on an image task as
// small, whose generator has learnt nothing.
#pragma once

#include <gtest/gtest.h>
#include <httplib.h>
#include <torch/torch.h>

#include <filesystem>
#include <memory>

#include "saltus/generator/presets.h"
#include "saltus/http/http_server.h"
#include "saltus/network/architecture.h"
#include "saltus/server/service.h"
#include "saltus/task/image_files_test.h"
#include "saltus/task/image_task.h"

namespace saltus::testing {

namespace fs = std::filesystem;

inline fs::path cartpole_model() { return fs::path(SALTUS_SOURCE_DIR) / "tests/models/cartpole"; }

// A folder of this process and test, made anew.
inline fs::path fresh_folder(const std::string& name) {
  const fs::path folder = fs::temp_directory_path() / fmt::format("saltus-{}-{}", name, getpid());
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

// A generator for 48-6-5 classifiers of small images, with random weights.
inline void save_image_generator(const fs::path& file) {
  GeneratorDescription d;
  d.task = "mnist";
  d.architecture = make_mlp({.sizes = {48, 6, 5}, .layer_names = {"fc1", "fc2"}});
  d.metrics = {image_metrics(5).front()};
  d.metric_low = {0.2};
  d.metric_high = {2.5};
  d.config = {{"generator", {{"width", 16}, {"layers", 1}}}, {"training", {{"preset", "default"}}}};
  d.made_by = Json::object();
  Probes probes;
  Generator(d, make_denoiser(d, probes, 1)).save(file);
}

class ServiceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new fs::path(fresh_folder("service"));
    write_idx_folder(*folder_ / "data");
    save_image_generator(*folder_ / "generator.safetensors");
    fs::create_directories(*folder_ / "job");
    counters_ = new Counters;
    service_ =
        new Service({.models = {{"demo", cartpole_model()}, {"digits", *folder_}},
                     .zoos = {{"zoo", cartpole_model() / "zoo"}},
                     .watched = {{"job", *folder_ / "job"}, {"built", cartpole_model() / "zoo"}},
                     .data = (*folder_ / "data").string(),
                     .threads = 1},
                    *counters_);
    router_ = new Router;
    add_routes(*router_, *service_);
    server_ = new HttpServer({.grace = std::chrono::seconds(1)}, *router_, *counters_);
  }
  static void TearDownTestSuite() {
    delete server_;
    delete router_;
    delete service_;
    delete counters_;
    fs::remove_all(*folder_);
    delete folder_;
  }

  struct Answer {
    int status = 0;
    Json json;
    std::string text;
    httplib::Headers headers;
  };
  static Answer answer_of(const httplib::Result& result) {
    if (!result) return {};
    Answer answer{.status = result->status, .text = result->body, .headers = result->headers};
    if (result->get_header_value("Content-Type") == "application/json") {
      answer.json = Json::parse(result->body);
    }
    return answer;
  }
  static httplib::Client client() {
    httplib::Client made("127.0.0.1", server_->port());
    made.set_read_timeout(60);
    return made;
  }
  static Answer get(const std::string& target) { return answer_of(client().Get(target)); }
  static Answer post(const std::string& target, const Json& body,
                     const httplib::Headers& headers = {}) {
    return answer_of(client().Post(target, headers, body.dump(), "application/json"));
  }
  static std::string message(const Answer& answer) {
    return answer.json["error"]["message"].get<std::string>();
  }

  inline static fs::path* folder_ = nullptr;
  inline static Counters* counters_ = nullptr;
  inline static Service* service_ = nullptr;
  inline static Router* router_ = nullptr;
  inline static HttpServer* server_ = nullptr;
};

inline const Json kDrawn = {{"scheme", "orthogonal"}, {"seed", 3}};
inline const Json kRecorded = {{"zoo", "zoo"}, {"run", 1}, {"checkpoint", 0}};

}  // namespace saltus::testing

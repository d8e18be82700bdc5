// The API over real sockets. That answers have the form openapi.yaml gives them is checked by
// tests/server.
#include <fstream>
#include <thread>

#include "saltus/base/safetensors.h"
#include "saltus/server/small_service_test.h"

namespace saltus::testing {
namespace {

TEST_F(ServiceTest, DescribesItself) {
  EXPECT_EQ(get("/healthz").json["status"], "ok");
  const Json api = get("/v1/openapi.json").json;
  EXPECT_EQ(api["openapi"], "3.1.0");
  EXPECT_EQ(api["info"]["version"], "1");  // quoted: a text
  EXPECT_EQ(api["components"]["schemas"]["Effort"]["multipleOf"], 64);
  const Json models = get("/v1/models").json["models"];
  ASSERT_EQ(models.size(), 2u);
  EXPECT_EQ(models[0]["kind"], "cartpole");
  EXPECT_EQ(models[0]["parameters"], 1250);
  EXPECT_EQ(models[1]["image"]["height"], 8);
  EXPECT_EQ(get("/v1/zoos").json["zoos"][0]["models"], Json({"demo"}));
  EXPECT_NE(get("/metrics").text.find("saltus_requests_total{route=\"/healthz\""),
            std::string::npos);
  EXPECT_EQ(get("/").status, 200);
}

// What describes the API and what answers must be the same set.
TEST_F(ServiceTest, HasEveryPathItDescribes) {
  const Json paths = get("/v1/openapi.json").json["paths"];
  for (const auto& [path, methods] : paths.items()) {
    for (const auto& [method, unused] : methods.items()) {
      if (method == "parameters") continue;
      std::map<std::string, std::string> values;
      EXPECT_NO_THROW(router_->find(method == "get" ? "GET" : "POST", path, values)) << path;
    }
  }
}

TEST_F(ServiceTest, ShowsAZoosRuns) {
  const Json page = get("/v1/zoos/zoo/runs?first=1&count=1").json;
  EXPECT_EQ(page["total"], 3);
  ASSERT_EQ(page["runs"].size(), 1u);
  const Json run = get("/v1/zoos/zoo/runs/1").json;
  EXPECT_EQ(run["iteration"].size(), 48u);
  EXPECT_EQ(run["metrics"]["return"].back(), page["runs"][0]["final"]["return"]);
  const Json quantiles = get("/v1/zoos/zoo/quantiles").json;
  EXPECT_LE(quantiles["metrics"]["return"]["0.05"][20], quantiles["metrics"]["return"]["0.95"][20]);
  EXPECT_EQ(get("/v1/zoos/zoo/runs/99").status, 404);
  EXPECT_EQ(get("/v1/zoos/zoo/runs/-1").status, 400);
  EXPECT_NE(message(get("/v1/zoos/zo/runs")).find("did you mean zoo?"), std::string::npos);
}

TEST_F(ServiceTest, UpdatesAPolicyToThePrompt) {
  const Answer answer = post("/v1/updates", {{"model", "demo"},
                                             {"starts", {kDrawn, kRecorded}},
                                             {"prompt", {{"return", 495}}},
                                             {"samples", 2}});
  ASSERT_EQ(answer.status, 200) << answer.text;
  const Json& updates = answer.json["updates"];
  ASSERT_EQ(updates.size(), 4u);
  EXPECT_EQ(updates[3]["start"], 1);
  EXPECT_EQ(updates[3]["sample"], 1);
  for (const Json& update : updates) {
    EXPECT_LT(update["start_metric"]["return"], 100);
    EXPECT_GT(update["metric"]["return"], 400);  // the real generator does what it was made for
  }
  EXPECT_NE(updates[0]["network"], updates[1]["network"]);
  // The same request, the same networks.
  const Json again = {
      {"model", "demo"}, {"starts", {kDrawn}}, {"prompt", {{"return", 495}}}, {"measure", false}};
  EXPECT_EQ(post("/v1/updates", again).json["updates"][0]["network"],
            post("/v1/updates", again).json["updates"][0]["network"]);
}

TEST_F(ServiceTest, GoesOnFromANetworkItMade) {
  const Json request = {{"model", "demo"}, {"starts", {kDrawn}}, {"prompt", {{"return", 200}}}};
  const Json made = post("/v1/updates", request).json["updates"][0];
  Json next = request;
  next["starts"] = Json::array({{{"network", made["network"]}}});
  next["repeat"] = 2;
  next["keep_better"] = true;
  next["prompt"] = {{"return", 495}};
  const Json again = post("/v1/updates", next).json["updates"][0];
  EXPECT_EQ(again["rounds"].size(), 2u);
  EXPECT_GE(again["metric"]["return"], again["start_metric"]["return"]);
}

TEST_F(ServiceTest, WalksFromOneNoiseToAnother) {
  const auto networks = [&](const Json& more) {
    Json request = {{"model", "demo"},
                    {"starts", {kDrawn}},
                    {"prompt", {{"return", 300}}},
                    {"start_metric", {{"return", 3}}},  // a measurement depends on the seed, too
                    {"measure", false},
                    {"seed", 1}};
    request.update(more);
    Json handles = Json::array();
    const Answer answer = post("/v1/updates", request);
    EXPECT_EQ(answer.status, 200) << answer.text;
    for (const Json& update : answer.json["updates"]) {
      handles.push_back(update["network"]);
    }
    return handles;
  };
  const Json walk = networks({{"walk", {{"to_seed", 7}, {"steps", 5}}}});
  ASSERT_EQ(walk.size(), 5u);
  const auto values = [&](const Json& handle) {
    std::vector<float> all;
    const Answer network = get("/v1/networks/" + handle.get<std::string>() + "?format=json");
    for (const Json& tensor : network.json["tensors"]) {
      for (const Json& value : tensor["values"]) all.push_back(value.get<float>());
    }
    EXPECT_EQ(all.size(), 1250u);
    return at::tensor(all);
  };
  EXPECT_TRUE(at::allclose(values(walk[0]), values(networks(Json::object())[0]), 1e-4, 1e-5));
  EXPECT_TRUE(at::allclose(values(walk[4]), values(networks({{"seed", 7}})[0]), 1e-4, 1e-5));
  // Half way through the noise is part of the way through the weights.
  const auto distance = [&](size_t i, size_t j) {
    return (values(walk[i]) - values(walk[j])).norm().item<double>();
  };
  EXPECT_GT(distance(0, 2), 0.1 * distance(0, 4));
  EXPECT_LT(distance(0, 2), distance(0, 4));
}

TEST_F(ServiceTest, SaysWhatIsWrongWithARequest) {
  const Json good = {{"model", "demo"}, {"starts", {kDrawn}}, {"prompt", {{"return", 495}}}};
  const auto why = [&](const Json& patch) {
    Json request = good;
    request.merge_patch(patch);
    const Answer answer = post("/v1/updates", request);
    EXPECT_EQ(answer.status, patch.contains("model") ? 404 : 400) << answer.text;
    return message(answer);
  };
  EXPECT_NE(why({{"smaples", 3}}).find("did you mean samples?"), std::string::npos);
  EXPECT_NE(why({{"samples", 0}}).find("updates: samples"), std::string::npos);
  EXPECT_NE(why({{"samples", "3"}}).find("an integer"), std::string::npos);
  EXPECT_NE(why({{"model", "dmeo"}}).find("did you mean demo?"), std::string::npos);
  EXPECT_NE(why({{"prompt", {{"retrun", 3}}}}).find("did you mean return?"), std::string::npos);
  EXPECT_NE(why({{"sampler", {{"evaluations", 5}, {"stop_at", 998}}}}), "");
  EXPECT_NE(why({{"effort", 65}}).find("64"), std::string::npos);
  EXPECT_NE(why({{"candidates", 3}}).find("critic"), std::string::npos);
  EXPECT_NE(why({{"keep_better", true}, {"measure", false}}).find("measure"), std::string::npos);
  EXPECT_NE(why({{"walk", {{"to_seed", 3}, {"steps", 4}}}, {"samples", 2}}).find("walk"),
            std::string::npos);
  EXPECT_NE(why({{"starts", Json::array({{{"scheme", "orthogonol"}, {"seed", 1}}})}})
                .find("did you mean orthogonal?"),
            std::string::npos);
  EXPECT_NE(why({{"starts", Json::array({Json::object()})}}).find("starts[0]"), std::string::npos);
  EXPECT_NE(why({{"starts", Json::array({5})}}).find("starts[0]"), std::string::npos);
}

TEST_F(ServiceTest, TellsWhatIsGoneFromWhatIsWrong) {
  Json request = {{"model", "demo"}, {"prompt", {{"return", 495}}}};
  request["starts"] = Json::array({{{"network", "0123456789abcdef"}}});
  const Answer answer = post("/v1/updates", request);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.json["error"]["code"], "gone");
  // Of another model.
  const Json made =
      post("/v1/updates", {{"model", "digits"}, {"starts", {kDrawn}}, {"prompt", {{"loss", 0.5}}}})
          .json["updates"][0];
  request["starts"] = Json::array({{{"network", made["network"]}}});
  EXPECT_EQ(post("/v1/updates", request).status, 400);
}

TEST_F(ServiceTest, AnswersManyClientsAtOnceAsOneByOne) {
  const auto request = [](int64_t seed) {
    return Json{{"model", "demo"},
                {"starts", Json::array({{{"scheme", "orthogonal"}, {"seed", seed}}})},
                {"prompt", {{"return", 400 + seed}}},
                {"seed", seed}};
  };
  constexpr int64_t kClients = 12;
  std::vector<double> together(kClients);
  std::vector<std::thread> clients;
  for (int64_t i = 0; i < kClients; ++i) {
    clients.emplace_back([&, i] {
      together[static_cast<size_t>(i)] =
          post("/v1/updates", request(i)).json["updates"][0]["metric"]["return"];
    });
  }
  for (std::thread& one : clients) one.join();
  for (int64_t i = 0; i < kClients; ++i) {
    const double alone = post("/v1/updates", request(i)).json["updates"][0]["metric"]["return"];
    EXPECT_NEAR(together[static_cast<size_t>(i)], alone, 3) << i;
  }
}

TEST_F(ServiceTest, MeasuresWithProgress) {
  const Json request = {{"model", "digits"}, {"networks", {kDrawn, kDrawn}}, {"split", "test"}};
  const Json plain = post("/v1/evaluations", request).json["evaluations"];
  ASSERT_EQ(plain.size(), 2u);
  EXPECT_EQ(plain[0], plain[1]);
  EXPECT_TRUE(plain[0].contains("test_error"));
  EXPECT_FALSE(plain[0].contains("error"));
  const std::string events =
      post("/v1/evaluations", request, {{"Accept", "text/event-stream"}}).text;
  EXPECT_NE(events.find("event: progress\ndata: {\"done\":2,\"total\":2}\n\n"), std::string::npos);
  EXPECT_NE(events.find("event: result\ndata: " + Json{{"evaluations", plain}}.dump()),
            std::string::npos);
}

TEST_F(ServiceTest, OptimisesTheSameStart) {
  const Json policy =
      post("/v1/optimisations", {{"model", "demo"}, {"start", kDrawn}, {"steps", 30}}).json;
  EXPECT_EQ(policy["optimiser"], "ppo");
  EXPECT_EQ(policy["steps"].back(), 30);
  EXPECT_GT(policy["metrics"]["return"].back(), policy["metrics"]["return"][0].get<double>() + 50);
  EXPECT_EQ(get("/v1/networks/" + policy["network"].get<std::string>()).status, 200);
  const Json classifier =
      post("/v1/optimisations", {{"model", "digits"}, {"start", kDrawn}, {"steps", 40}}).json;
  EXPECT_LT(classifier["metrics"]["loss"].back(), classifier["metrics"]["loss"][0]);
}

TEST_F(ServiceTest, LooksTheNearestCheckpointUp) {
  const Json found =
      post("/v1/lookups", {{"model", "demo"}, {"zoo", "zoo"}, {"prompt", {{"return", 300}}}}).json;
  EXPECT_NEAR(found["metric"]["return"].get<double>(), 300, 100);
  const Json run = get(fmt::format("/v1/zoos/zoo/runs/{}", found["run"].get<int64_t>())).json;
  EXPECT_EQ(run["split"], "train");
  EXPECT_EQ(run["metrics"]["return"][found["checkpoint"].get<size_t>()], found["metric"]["return"]);
}

TEST_F(ServiceTest, TakesAndGivesNetworksAsFiles) {
  const std::string handle = post("/v1/updates", {{"model", "demo"},
                                                  {"starts", {kDrawn}},
                                                  {"prompt", {{"return", 495}}},
                                                  {"measure", false}})
                                 .json["updates"][0]["network"];
  for (const char* format : {"safetensors", "pt", "npz"}) {
    const Answer file = get(fmt::format("/v1/networks/{}?format={}", handle, format));
    ASSERT_EQ(file.status, 200) << format;
    const auto disposition = file.headers.find("Content-Disposition");
    ASSERT_NE(disposition, file.headers.end());
    EXPECT_NE(disposition->second.find(format), std::string::npos);
    const Answer back =
        answer_of(client().Post("/v1/networks?model=demo", file.text, "application/octet-stream"));
    ASSERT_EQ(back.status, 200) << back.text;
    EXPECT_EQ(back.json["network"], handle) << format;
  }
  EXPECT_EQ(get("/v1/networks/" + handle + "?format=exe").status, 400);
}

TEST_F(ServiceTest, RefusesUploadsThatAreNoNetworks) {
  const auto upload = [&](const std::string& bytes) {
    return answer_of(client().Post("/v1/networks?model=demo", bytes, "application/octet-stream"));
  };
  for (const std::string& bytes :
       {std::string(), std::string("PK\x03\x04garbage"), std::string(1000, '\xff'),
        std::string("\x80\x02}q\x00.", 6), encode_safetensors({})}) {
    const Answer answer = upload(bytes);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(message(answer).find("/proc/"), std::string::npos) << message(answer);
  }
  EXPECT_EQ(answer_of(client().Post("/v1/networks", "x", "application/octet-stream")).status, 400);
}

TEST_F(ServiceTest, RollsPoliciesOut) {
  const Json answer = post("/v1/rollouts", {{"model", "demo"},
                                            {"networks", {kDrawn, kRecorded}},
                                            {"episodes", 2},
                                            {"steps", 50},
                                            {"act", "mean"},
                                            {"initial", {{0, 0, 0.05, 0}}},
                                            {"nudges", {{{"step", 3}, {"force", 20}}}}})
                          .json;
  ASSERT_EQ(answer["rollouts"].size(), 2u);
  const Json& episodes = answer["rollouts"][0]["episodes"];
  ASSERT_EQ(episodes.size(), 2u);
  EXPECT_EQ(episodes[0], episodes[1]);  // nothing is drawn
  EXPECT_EQ(episodes[0]["states"][0], Json({0.0, 0.0, 0.05, 0.0}));
  EXPECT_EQ(post("/v1/rollouts", {{"model", "digits"}, {"networks", {kDrawn}}}).status, 400);
}

TEST_F(ServiceTest, ShowsImagesAndWhatNetworksSayOfThem) {
  const Json images = get("/v1/images?model=digits&first=2&count=3").json;
  ASSERT_EQ(images["images"].size(), 3u);
  EXPECT_EQ(images["images"][0]["label"], 2);
  EXPECT_EQ(images["images"][0]["pixels"].get<std::string>().size(), 64u);  // of 48 bytes
  const auto answers = [&](const Json& asked) {
    return post("/v1/answers", {{"model", "digits"}, {"networks", {kDrawn}}, {"images", asked}});
  };
  const Json known = answers({{"first", 0}, {"count", 2}}).json["probabilities"];
  ASSERT_EQ(known[0].size(), 2u);
  double sum = 0;
  for (const Json& p : known[0][0]) sum += p.get<double>();
  EXPECT_NEAR(sum, 1, 1e-5);
  EXPECT_EQ(answers({{"pixels", Json::array({std::vector<int>(48, 7)})}}).status, 200);
  EXPECT_EQ(answers({{"pixels", Json::array({std::vector<int>(47, 7)})}}).status, 400);
  EXPECT_EQ(answers({{"pixels", Json::array({std::vector<int>(48, 256)})}}).status, 400);
  EXPECT_EQ(answers({{"first", 1000}, {"count", 1}}).status, 400);
  EXPECT_EQ(get("/v1/images?model=demo").status, 400);
}

TEST_F(ServiceTest, FollowsAJob) {
  EXPECT_EQ(get("/v1/jobs").json["jobs"][0]["kind"], "unknown");
  std::string all;
  std::thread reader([&] {
    client().Get("/v1/jobs/job/events", [&](const char* data, size_t size) {
      all.append(data, size);
      return all.find("event: finished") == std::string::npos;
    });
  });
  const auto add = [&](const char* name, const char* text) {
    std::ofstream(*folder_ / "job" / name, std::ios::app) << text;
  };
  add("metrics.jsonl", "{\"step\":1}\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  add("metrics.jsonl", "{\"step\":2}\n");
  add("training.json", "{}");
  reader.join();
  EXPECT_NE(all.find("event: line\nid: 11\ndata: {\"step\":1}\n\n"), std::string::npos);
  EXPECT_LT(all.find("data: {\"step\":2}"), all.find("event: finished"));
  EXPECT_EQ(get("/v1/jobs/jib/events").status, 404);
}

}  // namespace
}  // namespace saltus::testing

#include "report/pair_figures.h"

#include <nlohmann/json.hpp>

#include "report/example_figures.h"
#include "study/statistics.h"

namespace inkling {

nlohmann::ordered_json pair_figures(const JudgedRun& a, const JudgedRun& b, const ReportData& data) {
    const std::size_t classes = data.test.class_names.size();
    const auto of_a = predictions(a.evaluation, classes);
    const auto of_b = predictions(b.evaluation, classes);
    std::int64_t both = 0;
    std::int64_t only_a = 0;
    std::int64_t only_b = 0;
    std::int64_t neither = 0;
    for (std::size_t i = 0; i < data.test.size(); ++i) {
        const bool a_right = of_a[i] == data.test.labels[i];
        const bool b_right = of_b[i] == data.test.labels[i];
        ++(a_right ? (b_right ? both : only_a) : (b_right ? only_b : neither));
    }
    return {{"a", a.label},
            {"b", b.label},
            {"both_right", both},
            {"only_a_right", only_a},
            {"only_b_right", only_b},
            {"both_wrong", neither},
            {"p_value", mcnemar_p_value(only_a, only_b)}};
}

}  // namespace inkling

#include "cluster/processes.h"

namespace inkling {

std::unique_ptr<Processes> join_processes() {
    throw failed(
        "started as one of several processes, but this program is built without MPI; build it with 'make build MPI=1' "
        "(-DINKLING_MPI=ON), or start it alone");
}

}  // namespace inkling

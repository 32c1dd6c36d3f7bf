#include "fused.h"
const fastclip_unit fastclip_neon = {0};

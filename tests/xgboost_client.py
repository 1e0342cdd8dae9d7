"""Opens a model with the xgboost package: xgboost_client.py MODEL FEATURES. FEATURES is JSON, a list
of rows, null = missing. Prints JSON: feature names, predictions and contributions."""

import json
import sys

import numpy
import xgboost

booster = xgboost.Booster()
booster.load_model(sys.argv[1])
rows = numpy.array(json.load(open(sys.argv[2], encoding="utf-8")), dtype=numpy.float32)
data = xgboost.DMatrix(rows, feature_names=booster.feature_names,
                       feature_types=booster.feature_types, enable_categorical=True)
print(json.dumps({
    "features": booster.feature_names,
    "types": booster.feature_types,
    "predictions": booster.predict(data).astype(float).tolist(),
    "contributions": booster.predict(data, pred_contribs=True).astype(float).tolist(),
}))

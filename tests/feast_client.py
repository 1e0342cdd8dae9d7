"""Asks a feature server with the code of Feast's own client: feast_client.py URL."""

import sys

from feast import RepoConfig
from feast.feature_service import FeatureService
from feast.infra.online_stores.remote import RemoteOnlineStore, RemoteOnlineStoreConfig

config = RepoConfig(
    project="shop",
    registry="unused.db",
    provider="local",
    online_store=RemoteOnlineStoreConfig(type="remote", path=sys.argv[1]),
    entity_key_serialization_version=3,
)
rows = [{"customer_id": "new-one"}, {"customer_id": "nobody"}]
store = RemoteOnlineStore()
for features in (["customer:buys", "customer:spend"], FeatureService(name="profile", features=[])):
    answer = store.get_online_features(
        config=config, features=features, entity_rows=rows, registry=None, project="shop"
    )
    print(answer.to_dict())

"""DynamoDB: the stores, their keys, and how an entity becomes an item."""

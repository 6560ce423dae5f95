"""Runs migrations on the connection that `coordinator.store` hands over."""

from alembic import context

import coordinator.account_tables
import coordinator.alert_tables
import coordinator.change_tables
import coordinator.credit_tables
import coordinator.federation_tables
import coordinator.first_article_tables
import coordinator.flow_tables
import coordinator.governance_tables
import coordinator.identity_tables
import coordinator.machine_tables
import coordinator.maker_tables
import coordinator.network_tables
import coordinator.pledge_tables
import coordinator.request_tables
import coordinator.service_tables
import coordinator.shipment_tables
import coordinator.stock_tables
import coordinator.supply_tables
import coordinator.upload_tables
from coordinator.tables import Base

__all__ = ["coordinator"]  # imported for their tables

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()

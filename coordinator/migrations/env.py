"""Runs migrations on the connection that `coordinator.store` hands over."""

from alembic import context

import coordinator.schema.account
import coordinator.schema.alert
import coordinator.schema.change
import coordinator.schema.credit
import coordinator.schema.design_change
import coordinator.schema.federation
import coordinator.schema.first_article
import coordinator.schema.flow
import coordinator.schema.governance
import coordinator.schema.identity
import coordinator.schema.machine
import coordinator.schema.maker
import coordinator.schema.network
import coordinator.schema.network_fork
import coordinator.schema.photo
import coordinator.schema.pledge
import coordinator.schema.request
import coordinator.schema.service
import coordinator.schema.shipment
import coordinator.schema.stock
import coordinator.schema.supply
import coordinator.schema.upload
from coordinator.schema.builds import Base

__all__ = ["coordinator"]  # imported for their tables

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()

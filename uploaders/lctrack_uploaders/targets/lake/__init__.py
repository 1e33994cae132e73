"""What the targets `parquet` and `delta` have in common: places, and rows as lakes take them."""

"""One folder an area of the pipeline, each with the same few file names."""

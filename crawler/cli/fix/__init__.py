"""Plan, show and write the fixes of pages, for `holdfast fix` and for reports that name fixes."""

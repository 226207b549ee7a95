/** Engine settings that suit a small process beside the server's own work; a server installation keeps its own. */

/** XML that chDB reads at start. Sizes in bytes. */
export function embeddedConfig(): string {
  const mebibyte = 1024 * 1024;
  const values: Readonly<Record<string, string | number>> = {
    mark_cache_size: 64 * mebibyte,
    uncompressed_cache_size: 0,
    index_mark_cache_size: 8 * mebibyte,
    index_uncompressed_cache_size: 0,
    mmap_cache_size: 0,
    compiled_expression_cache_size: 8 * mebibyte,
    query_cache: '<max_size_in_bytes>0</max_size_in_bytes>',
    background_pool_size: 2,
    background_merges_mutations_concurrency_ratio: 1,
    background_common_pool_size: 2,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
    background_buffer_flush_schedule_pool_size: 1,
    background_message_broker_schedule_pool_size: 1,
    background_distributed_schedule_pool_size: 1,
    background_schedule_pool_size: 2,
    tables_loader_background_pool_size: 2,
    tables_loader_foreground_pool_size: 2,
    // By the default of 5 a row would be merged half as often again, and merges are most of what a span costs the engine.
    merge_tree:
      '<merge_selector_base>12</merge_selector_base>' +
      '<merge_max_block_size>2048</merge_max_block_size>' +
      '<number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>' +
      '<number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>' +
      '<number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>',
  };
  const lines = Object.entries(values).map(([name, value]) => `  <${name}>${value}</${name}>`);
  return `<clickhouse>\n${lines.join('\n')}\n</clickhouse>\n`;
}
